"""Validators of others, timed without the start of Python: peers.py NAME FILE SCHEMA writes {"Seconds": …, "Faulty": …}.
With an empty FILE it only says, by its exit code, whether what it needs is here."""

import csv
import json
import re
import sys
import time

name, path = sys.argv[1], sys.argv[2]


def frictionless(path, schema):
    from frictionless import Resource, Schema, system

    with system.use_context(trusted=True):
        report = Resource(path=path, schema=Schema.from_descriptor(schema)).validate(limit_errors=10_000_000)
    return len({row for (row,) in report.flatten(["rowNumber"])})


TYPES = {"integer": "Int64", "number": "Float64", "string": "String", "boolean": "Boolean", "date": "Date", "datetime": "Datetime"}


def checks(pl, field):
    """The rules of a field as polars expressions that are true where it is at fault."""
    c, k = pl.col(field["name"]), field.get("constraints", {})
    text = c
    kind = field["type"]
    if kind == "integer":
        value = c.cast(pl.Int64, strict=False)
    elif kind == "number":
        value = c.cast(pl.Float64, strict=False)
    elif kind == "date":
        value = c.str.to_date("%Y-%m-%d", strict=False)
    elif kind == "datetime":
        value = c.str.to_datetime("%Y-%m-%dT%H:%M:%SZ", strict=False)
    elif kind == "boolean":
        value = c.replace_strict({"true": True, "false": False}, default=None, return_dtype=pl.Boolean)
    else:
        value = c
    faults = []
    if kind != "string":
        faults.append(value.is_null() & text.is_not_null())
    if field.get("format") == "email":
        faults.append(~text.str.contains(r"^[^@\s]+@[^@\s]+\.[a-zA-Z]{2,}$"))
    if k.get("required"):
        faults.append(text.is_null())
    for limit, over in (("minimum", lambda v, b: v < b), ("maximum", lambda v, b: v > b)):
        if limit in k:
            bound = pl.lit(k[limit]).str.to_date() if kind == "date" else k[limit]
            faults.append(over(value, bound))
    if "pattern" in k:
        faults.append(~text.str.contains(k["pattern"]))
    if "enum" in k:
        faults.append(~text.is_in(k["enum"]))
    if "maxLength" in k:
        faults.append(text.str.len_chars() > k["maxLength"])
    return faults


def polars(path, schema):
    import polars as pl

    frame = pl.scan_csv(path, infer_schema=False)
    faulty = pl.any_horizontal([f.fill_null(False) for field in schema["fields"] for f in checks(pl, field)])
    for key in [schema["primaryKey"]]:
        faulty = faulty | pl.struct(key).is_duplicated()
    return frame.select(faulty.sum()).collect().item()


def pandera(path, schema):
    import pandera.polars as pa
    import polars as pl

    columns = {}
    for field in schema["fields"]:
        k, kind = field.get("constraints", {}), field["type"]
        made = []
        if "minimum" in k and kind != "date":
            made.append(pa.Check.ge(k["minimum"]))
        if "maximum" in k and kind != "date":
            made.append(pa.Check.le(k["maximum"]))
        if "pattern" in k:
            made.append(pa.Check.str_matches(k["pattern"]))
        if "enum" in k:
            made.append(pa.Check.isin(k["enum"]))
        if "maxLength" in k:
            made.append(pa.Check.str_length(max_value=k["maxLength"]))
        if field.get("format") == "email":
            made.append(pa.Check.str_matches(r"^[^@\s]+@[^@\s]+\.[a-zA-Z]{2,}$"))
        columns[field["name"]] = pa.Column(getattr(pl, TYPES[kind]), made, nullable=not k.get("required", False), coerce=kind != "string",
                                           unique=field["name"] in schema["primaryKey"])
    frame = pl.read_csv(path, infer_schema=False)
    try:
        pa.DataFrameSchema(columns).validate(frame, lazy=True)
        return 0
    except pa.errors.SchemaErrors as e:
        return f"{len(e.failure_cases)} cases"


def jsonschema_rs(path, schema):
    import jsonschema_rs

    numbers = {f["name"] for f in schema["fields"] if f["type"] in ("integer", "number")}
    properties, required = {}, []
    for field in schema["fields"]:
        k, p = field.get("constraints", {}), {}
        p["type"] = field["type"] if field["name"] in numbers else "string"
        for name in ("minimum", "maximum"):
            if name in k and field["name"] in numbers:
                p[name] = k[name]
        for name in ("pattern", "enum", "maxLength"):
            if name in k:
                p[name] = k[name]
        if field["type"] in ("date", "datetime"):
            p["format"] = {"date": "date", "datetime": "date-time"}[field["type"]]
        if field.get("format") == "email":
            p["format"] = "email"
        properties[field["name"]] = p
        if k.get("required"):
            required.append(field["name"])
    validator = jsonschema_rs.Draft7Validator({"properties": properties, "required": required}, validate_formats=True)
    faulty, seen = 0, set()
    with open(path, newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            value = {}
            for name, cell in row.items():
                if cell == "":
                    continue
                if name in numbers:
                    try:
                        cell = int(cell) if re.fullmatch(r"-?\d+", cell) else float(cell)
                    except ValueError:
                        pass
                value[name] = cell
            key = row["id"]
            faulty += not validator.is_valid(value) or key in seen
            seen.add(key)
    return faulty


NEEDS = {"frictionless": ["frictionless"], "polars": ["polars"], "pandera": ["pandera.polars", "polars"], "jsonschema-rs": ["jsonschema_rs"]}
for module in NEEDS[name]:
    __import__(module)
if path:
    with open(sys.argv[3]) as file:
        schema = json.load(file)
    start = time.perf_counter()
    faulty = {"frictionless": frictionless, "polars": polars, "pandera": pandera, "jsonschema-rs": jsonschema_rs}[name](path, schema)
    json.dump({"Seconds": time.perf_counter() - start, "Faulty": str(faulty)}, sys.stdout)
