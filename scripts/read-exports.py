#!/usr/bin/env python3
"""Reads every export with a reader that is not ours, and compares rows and values with what was published.

Usage: read-exports.py FOLDER, where a test wrote truth.json and the exports (see `make test-readers`).
Each line of the answer is a format, its reader, the rows it sees, and whether the values are equal.
"""
import csv
import datetime as dt
import decimal
import json
import math
import os
import re
import subprocess
import sys

csv.field_size_limit(10**9)
folder = sys.argv[1]
with open(os.path.join(folder, "truth.json"), encoding="utf-8") as f:
    truth = json.load(f)
FIELDS, ROWS = truth["fields"], truth["rows"]
UTC = dt.timezone.utc
failed = []


def path(name):
    return os.path.join(folder, name)


def report(name, reader, rows, problems, expected=None):
    expected = len(ROWS) if expected is None else expected
    if rows != expected:
        problems = [f"{rows} rows instead of {expected}"] + list(problems)
    print(f"{name:22} {reader:26} {rows:4} rows   {'equal' if not problems else 'NOT EQUAL'}")
    for problem in list(problems)[:8]:
        print("    ", problem[:300])
    if problems:
        failed.append(name)


def moment(text):
    return dt.datetime.fromisoformat(text.replace("Z", "+00:00"))


def want(field, cell):
    """The value that was published, as Python holds it."""
    if cell == "":
        return None
    if field in ("entier", "un_nom_de_colonne_fort_long"):
        return int(cell)
    if field == "decimal":
        return float(cell)
    if field == "exact":
        return decimal.Decimal(cell)
    if field == "booleen":
        return cell == "true"
    if field == "debut":
        return dt.date.fromisoformat(cell)
    if field == "instant":
        return moment(cell)
    if field in ("liste", "forme"):
        return json.loads(cell)
    if field == "pos":
        lat, lon = cell.split(",")
        return float(lon), float(lat)
    return cell.replace("\r\n", "\n") if field == "texte" else cell


def got(field, value):
    """A value as a reader gives it, brought to the same form."""
    if value is None or isinstance(value, float) and math.isnan(value):
        return None
    if field == "texte":
        return value.replace("\r\n", "\n") if isinstance(value, str) else value
    if field in ("entier", "un_nom_de_colonne_fort_long"):
        return int(value)
    if field == "decimal":
        return float(value)
    if field == "exact":
        return decimal.Decimal(str(value))
    if field == "booleen":
        return {"true": True, "false": False, "oui": True, "non": False, "1": True, "0": False, "t": True, "f": False, "?": None}.get(str(value).lower(), value)
    if field == "debut":
        if isinstance(value, dt.datetime):
            return value.date()
        return value if isinstance(value, dt.date) else dt.date.fromisoformat(str(value).replace("/", "-")[:10])
    if field == "instant":
        at = value if isinstance(value, dt.datetime) else moment(re.sub(r"([+-]\d\d)$", r"\1:00", str(value).replace("/", "-")))
        return at if at.tzinfo else at.replace(tzinfo=UTC)
    if field in ("liste", "forme") and isinstance(value, str):
        value = json.loads(value)
    if field == "forme" and value.get("type") == "Feature":
        return value["geometry"]
    if field == "pos":
        if isinstance(value, dict):
            return value["lon"], value["lat"]
        if isinstance(value, str):
            lat, lon = value.split(",")
            return float(lon), float(lat)
    return value


def same(a, b):
    if isinstance(a, float) and isinstance(b, float):
        return a == b or math.isclose(a, b, rel_tol=1e-14)
    return a == b


def compare(rows, fields=FIELDS, but=lambda field, row: None, clean=None):
    """The differences between rows, dicts by field, and the published ones. but says what a format cannot hold."""
    problems = []
    for i, (row, cells) in enumerate(zip(rows, ROWS)):
        for field in fields:
            expected = want(field, cells[FIELDS.index(field)])
            allowed = but(field, cells)
            if clean and isinstance(expected, str):
                expected = clean(expected)
            try:
                value = got(field, row.get(field))
            except Exception as error:
                problems.append(f"row {i} {field}: {row.get(field)!r}: {error}")
                continue
            if allowed is not None and allowed(value):
                continue
            if not same(value, expected):
                problems.append(f"row {i} {field}: {value!r} instead of {expected!r}")
    return problems


def no_control(text):
    """What XML 1.0 cannot hold is U+FFFD."""
    return re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", "\ufffd", text)


# DuckDB ---------------------------------------------------------------------------------------------------------------
def duck(name, source, post=lambda row: row):
    import duckdb

    con = duckdb.connect()
    con.execute("SET TimeZone='UTC'")
    cur = con.execute(f"SELECT * FROM {source}")
    names = [c[0] for c in cur.description]
    rows = [post(dict(zip(names, r))) for r in cur.fetchall()]
    report(name, "DuckDB " + duckdb.__version__, len(rows), compare(rows, but=lambda f, c: duck_allowance(name, f, c)))


def duck_allowance(name, field, cells):
    cell = cells[FIELDS.index(field)]
    if ".csv" in name and field == "liste":
        return lambda v: list_as_text(v, cells)
    if ".json" in name and field == "exact" and cell:  # its reader of JSON takes every number for a double; Python's keeps the digits
        return lambda v: math.isclose(float(v), float(cell), rel_tol=1e-14)
    return None


def list_as_text(value, cells):
    cell = cells[FIELDS.index("liste")]
    return True if cell == "" else value is not None or cell == "[]"


def duckdb_all():
    for name, options in (("lecteurs.csv", "delim=';'"), ("paris.csv", "delim='\\t'")):
        options = options.replace("\\t", "\t")
        duck(name, f"read_csv('{path(name)}', {options}, header=true, all_varchar=true, max_line_size=10000000, quote='\"', escape='\"')",
             post=lambda r: {k: (v if k != "liste" else json.dumps(v) if v is not None else None) for k, v in r.items()})
    columns = "{" + ", ".join(f"'{f}': '{k}'" for f, k in {
        "id": "VARCHAR", "texte": "VARCHAR", "entier": "BIGINT", "decimal": "DOUBLE", "exact": "DECIMAL(38,3)", "booleen": "BOOLEAN", "debut": "DATE",
        "instant": "VARCHAR", "liste": "JSON", "pos": "JSON", "forme": "JSON", "un_nom_de_colonne_fort_long": "BIGINT"}.items()) + "}"
    def parsed(r):
        return {**r, "pos": json.loads(r["pos"]) if r["pos"] else None}
    duck("lecteurs.json", f"read_json('{path('lecteurs.json')}', columns={columns}, maximum_object_size=100000000)", parsed)
    duck("lecteurs.jsonl", f"read_json('{path('lecteurs.jsonl')}', format='newline_delimited', columns={columns})", parsed)
    for name in ("lecteurs.parquet", "zstd.parquet"):
        duck(name, f"read_parquet('{path(name)}')")


# Python's own readers -------------------------------------------------------------------------------------------------
def python_json():
    for name, load in (("lecteurs.json", lambda f: json.load(f, parse_float=lambda t: t)), ("lecteurs.jsonl", lambda f: [json.loads(line, parse_float=lambda t: t) for line in f])):
        with open(path(name), encoding="utf-8") as f:
            rows = load(f)
        for r in rows:
            if r["forme"]:
                r["forme"] = json.loads(json.dumps(r["forme"]), parse_float=float)
            if r["pos"]:
                r["pos"] = {k: float(v) for k, v in r["pos"].items()}
        report(name, "Python json", len(rows), compare(rows, fields=[f for f in FIELDS if f != "forme"]))
    with open(path("lecteurs.csv"), encoding="utf-8-sig", newline="") as f:
        rows = [{k: (v if v != "" else None) for k, v in r.items()} for r in csv.DictReader(f, delimiter=";")]
    report("lecteurs.csv", "Python csv", len(rows), compare(rows, fields=[f for f in FIELDS if f != "liste"]))


def arrow():
    import pyarrow as pa

    with open(path("lecteurs.arrows"), "rb") as f:
        table = pa.ipc.open_stream(f).read_all()
    rows = table.to_pylist()
    report("lecteurs.arrows", "pyarrow " + pa.__version__, len(rows), compare(rows))


# Spreadsheets ---------------------------------------------------------------------------------------------------------
def sheet_allowance(field, cells):
    cell = cells[FIELDS.index(field)]
    if cell == "":
        return None
    if field == "texte" and len(cell) > 32767:
        return lambda v: isinstance(v, str) and len(v) <= 32767 and v.startswith(cell[:30000]) and str(len(cell)) in v.replace("\u202f", "").replace("\u00a0", "")
    if field == "instant":
        wall = moment(cell)
        return lambda v: v is not None and abs((v - wall).total_seconds()) < 0.001
    return None


def openpyxl_sheet():
    import openpyxl
    from openpyxl.utils.escape import unescape

    sheet = openpyxl.load_workbook(path("lecteurs.xlsx"), read_only=True).worksheets[0]
    lines = list(sheet.iter_rows(values_only=True))
    rows = [dict(zip(lines[0], line)) for line in lines[1:]]
    for r in rows:
        if isinstance(r.get("texte"), str):
            r["texte"] = unescape(r["texte"])  # _x0001_, which openpyxl leaves as it is (ECMA-376, ST_Xstring)
    report("lecteurs.xlsx", "openpyxl " + openpyxl.__version__, len(rows), compare(rows, but=sheet_allowance, clean=no_control))


def odf_sheet():
    from odf import opendocument, table, text, teletype
    from odf.namespaces import OFFICENS, TABLENS

    doc = opendocument.load(path("lecteurs.ods"))
    lines = []
    for row in doc.spreadsheet.getElementsByType(table.TableRow):
        line = []
        for cell in row.getElementsByType(table.TableCell):
            kind = cell.getAttrNS(OFFICENS, "value-type")
            value = {"float": lambda: cell.getAttrNS(OFFICENS, "value"), "boolean": lambda: cell.getAttrNS(OFFICENS, "boolean-value"),
                     "date": lambda: cell.getAttrNS(OFFICENS, "date-value")}.get(kind, lambda: None)()
            if kind == "string":
                value = "\n".join(teletype.extractText(p) for p in cell.getElementsByType(text.P))
            repeat = int(cell.getAttrNS(TABLENS, "number-columns-repeated") or 1)
            line += [value] * repeat
        lines.append(line)
    rows = [dict(zip(lines[0], line)) for line in lines[1:]]
    report("lecteurs.ods", "odfpy", len(rows), compare(rows, clean=no_control))


# Maps -----------------------------------------------------------------------------------------------------------------
def ogr(name, *more):
    """The features that GDAL reads, as GeoJSON of WGS 84, layer after layer."""
    source = path(name)
    if name.endswith(".zip"):
        source = "/vsizip/" + source
    info = subprocess.run(["ogrinfo", "-q", "-ro", source], capture_output=True, text=True, check=True).stdout
    layers = re.findall(r"^\d+: (.*?)(?: \(.*\))?$", info, re.M)
    features = []
    for layer in layers:
        out = subprocess.run(["ogr2ogr", "-f", "GeoJSON", "-lco", "COORDINATE_PRECISION=9", "-t_srs", "EPSG:4326", *more, "/vsistdout/", source, layer],
                             capture_output=True, text=True)
        if out.returncode != 0 or not out.stdout:
            out = subprocess.run(["ogr2ogr", "-f", "GeoJSON", *more, "/vsistdout/", source, layer], capture_output=True, text=True, check=True)
        features += [(layer, f) for f in json.loads(out.stdout)["features"]]
    return features


def flat(geometry):
    """Every coordinate of a geometry, rounded, in one set: how rings turn and where they begin does not matter."""
    if geometry is None:
        return set()
    if geometry["type"] == "GeometryCollection":
        return set().union(*(flat(g) for g in geometry["geometries"]))
    found = set()

    def walk(c):
        if c and isinstance(c[0], (int, float)):
            found.add((round(c[0], 6), round(c[1], 6)))
        else:
            for inner in c:
                walk(inner)

    walk(geometry["coordinates"])
    return found


def shape_of(cells, place):
    if place == "pos":
        at = want("pos", cells[FIELDS.index("pos")])
        return None if at is None else {"type": "Point", "coordinates": at}
    return want("forme", cells[FIELDS.index("forme")])


def map_file(name, place, names=None, clean=None, but=lambda f, c: None, values=True, drops=False, crs=()):
    by_id = {c[0]: c for c in ROWS}
    features = ogr(name, *crs)
    problems, seen, rows = [], set(), []
    for layer, feature in features:
        properties = {(names or {}).get(k, k): v for k, v in feature["properties"].items()}
        key = properties.get("id") or properties.get("Name")
        cells = by_id.get(key)
        if cells is None:
            problems.append(f"{layer}: no row {key!r}")
            continue
        seen.add(key)
        if flat(feature["geometry"]) != flat(shape_of(cells, place)):
            problems.append(f"{key}: {feature['geometry']} instead of {shape_of(cells, place)}")
        rows.append((cells, properties))
    if values:
        global ROWS_SAVED
        for cells, properties in rows:
            problems += compare_one(cells, properties, place, clean, but)
    expected = {c[0] for c in ROWS if not drops or shape_of(c, place)}
    if seen != expected:
        problems.append(f"rows missing: {sorted(expected - seen)[:5]}, rows too many: {sorted(seen - expected)[:5]}")
    report(name, "GDAL " + GDAL, len(seen), problems, len(expected))


def compare_one(cells, properties, place, clean, but):
    problems = []
    for field in FIELDS:
        if field == place or field in ("forme",) and field not in properties:
            continue
        expected = want(field, cells[FIELDS.index(field)])
        if clean and isinstance(expected, str):
            expected = clean(expected)
        try:
            value = got(field, properties.get(field))
        except Exception as error:
            problems.append(f"{cells[0]} {field}: {properties.get(field)!r}: {error}")
            continue
        allowed = but(field, cells)
        if not same(value, expected) and not (allowed and allowed(value)):
            problems.append(f"{cells[0]} {field}: {value!r} instead of {expected!r}")
    return problems


def geo_allowance(field, cells):
    """GDAL keeps milliseconds, and reads wide numbers as doubles."""
    cell = cells[FIELDS.index(field)]
    if cell and field == "instant":
        return lambda v: v is not None and abs((v - moment(cell)).total_seconds()) < 0.001
    if cell and field == "exact":
        return lambda v: v is not None and math.isclose(float(v), float(cell), rel_tol=1e-14)
    return None


def shp_allowance(field, cells):
    cell = cells[FIELDS.index(field)]
    if field == "texte" and len(cell.encode()) > 254:
        return lambda v: cell.startswith(v) and len(v.encode()) >= 250
    if field == "texte":  # a table of dBase ends texts with blanks, and knows no empty text
        return lambda v: v is None or v.rstrip() == want(field, cell)
    return geo_allowance(field, cells)


def maps():
    short = {"un_nom_de_": "un_nom_de_colonne_fort_long"}
    for name, place in (("lecteurs.geojson", "forme"), ("points.geojson", "pos"), ("lambert.geojson", "forme")):
        map_file(name, place, but=geo_allowance)
    for name, place in (("lecteurs.fgb", "forme"), ("points.fgb", "pos"), ("lambert.fgb", "forme")):
        map_file(name, place, but=geo_allowance)
    for name, place in (("lecteurs.shp.zip", "forme"), ("points.shp.zip", "pos"), ("lambert.shp.zip", "forme")):
        map_file(name, place, names=short, but=shp_allowance)
    for name, place in (("lecteurs.kml", "forme"), ("points.kml", "pos")):
        map_file(name, place, clean=no_control, but=geo_allowance)
    for name, place in (("lecteurs.gpx", "forme"), ("points.gpx", "pos")):
        gpx_file(name, place)


def gpx_file(name, place):
    import lxml.etree as et

    ns = {"g": "http://www.topografix.com/GPX/1/1", "ogr": "http://osgeo.org/gdal"}
    root = et.parse(path(name)).getroot()
    by_id = {c[0]: c for c in ROWS}
    found, problems = {}, []
    for element in root.findall("g:wpt", ns) + root.findall("g:trk", ns):
        properties = {et.QName(e).localname: e.text for e in element.find("g:extensions", ns)}
        points = [element] if element.tag.endswith("wpt") else element.findall(".//g:trkpt", ns)
        at = found.setdefault(properties["id"], (properties, set()))[1]
        at |= {(round(float(p.get("lon")), 6), round(float(p.get("lat")), 6)) for p in points}
    for key, (properties, at) in found.items():
        if at != flat(shape_of(by_id[key], place)):
            problems.append(f"{key}: {at}")
        problems += compare_one(by_id[key], properties, place, no_control, geo_allowance)
    expected = {c[0] for c in ROWS if shape_of(c, place)}
    if set(found) != expected:
        problems.append(f"rows: {sorted(set(found) ^ expected)[:5]}")
    report(name, "lxml " + et.__version__, len(found), problems, len(expected))
    counted = [f for layer, f in ogr(name, "-skipfailures") if layer in ("waypoints", "tracks")]
    known = {f["properties"].get("ogr_id") for f in counted}
    report(name, "GDAL " + GDAL, len(counted), [] if known == expected else [f"rows: {sorted(known ^ expected, key=str)[:5]}"],
           len(root.findall("g:wpt", ns) + root.findall("g:trk", ns)))


# Agendas --------------------------------------------------------------------------------------------------------------
def agendas():
    import icalendar
    import vobject

    with open(path("lecteurs.ics"), "rb") as f:
        raw = f.read()
    problems = [f"line of {len(line)} octets" for line in raw.split(b"\r\n") if len(line) > 75]
    days = sorted(c[FIELDS.index("debut")] for c in ROWS if c[FIELDS.index("debut")])
    # "rien" has no day and makes no event; the instant of a row is not its beginning.
    def check(name, events):
        begins = sorted(b.isoformat() for b, e, uid in events)
        faults = list(problems)
        if begins != days:
            faults.append(f"days differ: {[x for x in zip(begins, days) if x[0] != x[1]][:3]}")
        if any(e - b != dt.timedelta(days=1) for b, e, uid in events):
            faults.append("an event of a day does not last a day")
        if len({uid for _, _, uid in events}) != len(events):
            faults.append("identifiers repeat")
        report("lecteurs.ics", name, len(events), faults, len(days))
    calendar = icalendar.Calendar.from_ical(raw)
    if calendar.errors or any(e.errors for e in calendar.walk()):
        problems.append(f"errors: {calendar.errors}")
    check("icalendar " + icalendar.__version__, [(e.decoded("DTSTART"), e.decoded("DTEND"), str(e["UID"])) for e in calendar.walk("VEVENT")])
    parsed = vobject.readOne(raw.decode())
    check("vobject " + vobject.VERSION, [(e.dtstart.value, e.dtend.value, e.uid.value) for e in parsed.vevent_list])


# RDF ------------------------------------------------------------------------------------------------------------------
def rdf():
    import rdflib

    graphs = {}
    for name, kind in (("lecteurs.ttl", "turtle"), ("lecteurs.n3", "n3"), ("lecteurs.rdf", "xml"), ("lecteurs.jsonld", "json-ld")):
        graph = rdflib.Graph().parse(path(name), format=kind)
        vocabulary = next(str(o) for o in graph.objects(None, rdflib.RDF.type) if str(o).endswith("#Row"))[:-3]
        rows = {}
        for subject in graph.subjects(rdflib.RDF.type, rdflib.URIRef(vocabulary + "Row")):
            row = {}
            for predicate, value in graph.predicate_objects(subject):
                if str(predicate).startswith(vocabulary):
                    row.setdefault(str(predicate)[len(vocabulary):], []).append(value)
            rows[str(row["id"][0])] = row
        problems = []
        for cells in ROWS:
            row = rows.get(cells[0], {})
            for field in FIELDS:
                cell = cells[FIELDS.index(field)]
                values = [str(v) for v in row.get(field, [])]
                if field == "liste":
                    expected = want(field, cell) or []
                    expected = sorted(expected) if isinstance(expected, list) else [cell]
                    if sorted(values) != expected:
                        problems.append(f"{cells[0]} {field}: {values}")
                    continue
                value = values[0] if values else None
                if field == "pos" and value:
                    lon, lat = re.findall(r"[-\d.]+", value)
                    value = {"lon": float(lon), "lat": float(lat)}
                expected = want(field, cell)
                if kind == "xml" and isinstance(expected, str):
                    expected = no_control(expected)
                if not same(got(field, value), expected):
                    problems.append(f"{cells[0]} {field}: {value!r} instead of {expected!r}")
        report(name, "rdflib " + rdflib.__version__, len(rows), problems)
        graphs[name] = graph


def catalogue():
    import rdflib

    dcat, dct = rdflib.Namespace("http://www.w3.org/ns/dcat#"), rdflib.Namespace("http://purl.org/dc/terms/")
    sizes = set()
    for name, kind in (("catalogue.dcat", "xml"), ("catalogue.rdf", "xml"), ("catalogue.ttl", "turtle"), ("catalogue.dublin_core", "xml")):
        graph = rdflib.Graph().parse(path(name), format=kind)
        if name == "catalogue.dublin_core":
            report(name, "rdflib " + rdflib.__version__, len(set(graph.subjects())), [], 1)
            continue
        datasets = list(graph.subjects(rdflib.RDF.type, dcat.Dataset))
        problems = [f"{d} has no {p}" for d in datasets for p in (dct.identifier, dct.title, dct.description, dct.publisher, dcat.distribution) if not list(graph.objects(d, p))]
        problems += [f"{f} has no accessURL" for f in graph.subjects(rdflib.RDF.type, dcat.Distribution) if not list(graph.objects(f, dcat.accessURL))]
        sizes.add(len(graph))
        report(name, "rdflib " + rdflib.__version__, len(datasets), problems + ([] if len(sizes) == 1 else [f"triples differ: {sizes}"]), 1)
    import feedparser

    feed = feedparser.parse(path("catalogue.rss"))
    report("catalogue.rss", "feedparser " + feedparser.__version__, len(feed.entries), [str(feed.bozo_exception)] if feed.bozo else [], 1)
    with open(path("catalogue.data.json"), encoding="utf-8") as f:
        report("catalogue.data.json", "Python json", len(json.load(f)["dataset"]), [], 1)


GDAL = subprocess.run(["ogrinfo", "--version"], capture_output=True, text=True, check=True).stdout.split(",")[0].split()[-1]
for step in (duckdb_all, python_json, arrow, openpyxl_sheet, odf_sheet, maps, agendas, rdf, catalogue):
    try:
        step()
    except Exception as error:
        import traceback

        traceback.print_exc()
        failed.append(step.__name__)
if failed:
    sys.exit("not equal: " + ", ".join(failed))
print("every export reads back the same")
