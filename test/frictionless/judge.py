"""What frictionless-py says, for the comparison with Socle.

judge.py vectors        the values of the tests that its package carries, with what it makes of each
judge.py descriptors    reads a JSON list of {"path", "kind": "package" or "resource"}; writes, for each, whether the description
                        itself is refused, and the faults of its files
judge.py files          reads a JSON list of {"path", "schema"?, "dialect"?} on standard input; writes, for each, the schema and
                        dialect that it used and every fault that it found
"""

import importlib
import json
import pkgutil
import sys
import warnings

from frictionless import Dialect, Field, Resource, Schema, system, validate

warnings.simplefilter("ignore")


def vectors():
    import frictionless.fields as fields

    out = []
    for module in pkgutil.iter_modules([fields.__path__[0] + "/__spec__"]):
        kind = module.name.removeprefix("test_")
        spec = importlib.import_module("frictionless.fields.__spec__." + module.name)
        for name in dir(spec):
            for mark in getattr(getattr(spec, name), "pytestmark", []):
                if mark.name != "parametrize":
                    continue
                names = [n.strip() for n in mark.args[0].split(",")] if isinstance(mark.args[0], str) else list(mark.args[0])
                if "source" not in names:
                    continue
                for values in mark.args[1]:
                    case = dict(zip(names, values))
                    if not isinstance(case["source"], str):
                        continue  # a value of Python; files hold texts
                    descriptor = {"name": "name", "type": kind, **case.get("options", {})}
                    if case.get("format") is not None:
                        descriptor["format"] = case["format"]
                    try:
                        field = Field.from_descriptor(json.loads(json.dumps(descriptor)))
                        cell, notes = field.read_cell(case["source"])
                    except Exception as e:  # the descriptor itself is refused
                        out.append({"field": descriptor, "source": case["source"], "refused": str(e)})
                        continue
                    out.append({"field": descriptor, "source": case["source"], "valid": not notes})
    return out


def judge(case):
    options = {"path": case["path"]}
    if case.get("schema"):
        options["schema"] = Schema.from_descriptor(case["schema"])
    if case.get("dialect"):
        options["dialect"] = Dialect.from_descriptor(case["dialect"])
    try:
        used = Resource(**options)
        used.infer()
        schema, dialect = used.schema.to_descriptor(), used.dialect.to_descriptor()
        report = Resource(**options).validate(limit_errors=1_000_000)
    except Exception as e:
        return {"path": case["path"], "failed": type(e).__name__ + ": " + str(e)[:200]}
    errors = []
    for error in report.flatten(["type", "rowNumber", "fieldNumber", "fieldName", "cell", "note"]):
        errors.append(dict(zip(["type", "row", "field", "name", "cell", "note"], error)))
    return {"path": case["path"], "schema": schema, "dialect": dialect, "valid": report.valid, "errors": errors}


# Faults of a description rather than of the data that it describes.
METADATA = {"package-error", "resource-error", "schema-error", "field-error", "dialect-error", "detector-error", "control-error", "metadata-error"}


def describe(case):
    try:
        report = validate(case["path"], type=case["kind"], limit_errors=1_000_000)
    except Exception as e:
        return {"path": case["path"], "failed": type(e).__name__ + ": " + str(e)[:200]}
    refused = [e.type + ": " + e.note for e in report.errors]
    errors = []
    for task in report.tasks:
        for error in task.errors:
            if error.type in METADATA:
                refused.append(error.type + ": " + error.note)
                continue
            errors.append({"table": task.name, "type": error.type, "row": getattr(error, "row_number", 0), "field": getattr(error, "field_number", 0)})
    return {"path": case["path"], "refused": refused, "errors": errors}


if sys.argv[1] == "descriptors":  # not trusted: what leaves the folder of a package is to be refused
    json.dump([describe(case) for case in json.load(sys.stdin)], sys.stdout)
    sys.exit()

with system.use_context(trusted=True):
    if sys.argv[1] == "vectors":
        json.dump(vectors(), sys.stdout)
    else:
        json.dump([judge(case) for case in json.load(sys.stdin)], sys.stdout)
