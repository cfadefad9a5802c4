"""Questions that mean something, for Schemathesis to mix with those that it invents.

A text drawn at random is hardly ever a condition on a column that exists: without these, the fuzzing of the Explore API
would see little but refusals. Half of the requests take their questions from here, the other half stay as they were.
"""

import schemathesis
from hypothesis import strategies as st
from schemathesis import GenerationMode

# Of the datasets of the demonstration.
DATASETS = ["calendrier-scolaire", "licences-sportives", "equipements-sportifs", "lignes-transport-scolaire"]

QUESTIONS = {
    "select": ["*", "count(*) as n", "departement", "departement, count(*)", "max(total) as most", "date_format(date_debut, 'yyyy') as y",
               "total / 0 as nothing", "distance(point, geom'POINT(0 0)')"],
    "where": ["departement = 'Lirande'", "departement is not null", "total > 3 and femmes < 2", "date_debut >= now(days=-3)", "search('foot')",
              "departement like 'L*'", "total in [1..5]", "within_distance(point, geom'POINT(0 0)', 3km)", "not (", "totale = 1"],
    "group_by": ["departement", "range(total, 5)", "year(date_debut)", "departement, saison", "range(total, *, 1, *)"],
    "order_by": ["departement", "total desc", "date_debut desc, departement", "random(3)", "inconnu"],
    "refine": ["departement:Lirande", "saison:2025", "date_debut:2025", "couvert:true", "inconnu:1"],
    "exclude": ["departement:Lirande", "age:0 à 9 ans"],
    "facet": ["departement", "saison", "facet(name=\"departement\", sort=\"-count\")", "inconnu"],
    "timezone": ["Europe/Paris", "UTC", "Pacific/Auckland"],
    "sql": ["SELECT 1 AS un", "SELECT departement, count(*) AS n FROM \"licences-sportives\" GROUP BY 1 ORDER BY 1 LIMIT 3", "SELECT * FROM \"calendrier-scolaire@1\" LIMIT 2",
            "SELECT point, nom FROM \"equipements-sportifs\" LIMIT 2", "SELECT * FROM nulle_part", "DROP TABLE x", "SELECT (", "SELECT read_text('/etc/passwd')", "SELECT 1 / 0, 9e999, 'é'"],
    "as_of": ["2030-01-01", "2001-01-01", "2030-01-01T00:00:00Z"],
}
NAMES = {"dataset_id": DATASETS, "id": DATASETS, "record_id": ["0", "5", "999999"], "attachment_id": ["original"], "version": [1, 2], "number": [1, 2],
         "format": ["csv", "json", "jsonl", "xlsx", "parquet", "geojson", "ical"]}
LISTS = {"where", "refine", "exclude", "facet"}
TEXTS = LISTS | {"theme", "keyword"}  # lists of texts: whatever is written in an address is one


def questions(names):
    return st.fixed_dictionaries({}, optional={name: st.lists(st.sampled_from(QUESTIONS[name]), max_size=2) if name in LISTS
                                               else st.sampled_from(QUESTIONS[name]) for name in names})


@schemathesis.hook
def before_generate_case(context, strategy):
    asked = {p.name for p in context.operation.query} & set(QUESTIONS)
    named = {p.name for p in context.operation.path_parameters} & set(NAMES)
    if not asked and not named:
        return strategy
    path = st.fixed_dictionaries({name: st.sampled_from(NAMES[name]) for name in sorted(named)})
    return st.tuples(strategy, st.booleans(), questions(sorted(asked)), path).map(lambda drawn: mixed(asked, *drawn))


@schemathesis.hook
def filter_case(context, case):
    """Leaves out what is called wrong but is not, as it is written in an address: an empty value is that of an absent
    parameter, a single value is a list of one, and whatever is written is a text."""
    if case.meta is None or case.meta.generation.mode == GenerationMode.POSITIVE:
        return True
    return not any(value in ("", [], {}, [""], [[]], [{}]) or name in TEXTS and not (isinstance(value, list) and all(isinstance(v, str) for v in value))
                   for name, value in (case.query or {}).items())


def mixed(asked, case, meaningful, query, path):
    if meaningful and case.meta.generation.mode == GenerationMode.POSITIVE:
        case.query = {**{k: v for k, v in (case.query or {}).items() if k not in asked}, **query}
        case.path_parameters = {**(case.path_parameters or {}), **path}
    return case
