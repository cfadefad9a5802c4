"""Loads the file of the benchmarks into SQLite as users of Datasette do: typed columns, indexes, FTS5."""
import csv, os, sqlite3, sys

source, target = sys.argv[1:]
partial = target + ".part"
if os.path.exists(partial):
    os.remove(partial)
db = sqlite3.connect(partial)
db.executescript("PRAGMA journal_mode = off; PRAGMA synchronous = off; PRAGMA cache_size = -500000;")
with open(source, encoding="utf-8", newline="") as f:
    reader = csv.reader(f, delimiter=";")
    header = next(reader)
    kinds = {"annee": "INTEGER", "effectif": "INTEGER", "taux_reussite": "REAL", "ips": "REAL", "montant": "REAL"}
    db.execute("CREATE TABLE rows (%s)" % ", ".join(f"{name} {kinds.get(name, 'TEXT')}" for name in header))
    empty = lambda row: [cell if cell != "" else None for cell in row]
    db.executemany("INSERT INTO rows VALUES (%s)" % ", ".join("?" * len(header)), map(empty, reader))
for name in ("uai", "departement", "secteur", "annee", "niveau", "effectif", "montant"):
    db.execute(f"CREATE INDEX rows_{name} ON rows ({name})")
texts = "uai, etablissement, code_commune, commune, departement, secteur, niveau, observation"
db.execute(f'CREATE VIRTUAL TABLE rows_fts USING fts5({texts}, tokenize="unicode61 remove_diacritics 2", content="rows")')
db.execute(f"INSERT INTO rows_fts (rowid, {texts}) SELECT rowid, {texts} FROM rows")
db.execute("ANALYZE")
db.commit()
db.close()
os.rename(partial, target)
