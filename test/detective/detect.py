"""Says what csv-detective finds: the values that its formats test themselves with, and the formats of the columns of files.

Usage: detect.py values | detect.py communes | detect.py columns FILE...
It writes JSON on its output.
"""

import contextlib
import importlib
import json
import os
import pkgutil
import sys

import csv_detective.formats as formats


def values():
    found = []
    for module in sorted(m.name for m in pkgutil.iter_modules(formats.__path__)):
        if module.startswith("_") or module == "data":
            continue
        it = importlib.import_module(f"csv_detective.formats.{module}")
        if not hasattr(it, "_test_values"):
            continue
        for expected, examples in it._test_values.items():
            for value in examples:
                if isinstance(value, str):
                    found.append({"format": module, "value": value, "valid": bool(it._is(value)), "expected": bool(expected)})
    return found


def communes():
    from frformat import CodeCommuneInsee, Millesime

    found = {}
    for year in Millesime:
        if year is Millesime.LATEST:
            continue
        try:
            found[year.value] = sorted(CodeCommuneInsee(year).get_valid_values_set())
        except ValueError:  # the package has no list of that year
            continue
    return found


def columns(paths):
    from csv_detective import routine

    found = {}
    for path in paths:
        with contextlib.redirect_stdout(sys.stderr):
            report = routine(file_path=path, num_rows=-1, save_results=False, output_profile=False)
        found[path] = {name: c["format"] for name, c in report["columns"].items()}
    return found


if __name__ == "__main__":
    what = sys.argv[1]
    out = values() if what == "values" else communes() if what == "communes" else columns(sys.argv[2:])
    json.dump(out, sys.stdout, ensure_ascii=False, indent=0)
