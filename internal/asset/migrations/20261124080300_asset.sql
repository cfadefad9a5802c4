-- +goose Up
CREATE TABLE assets (
    uid        TEXT PRIMARY KEY,
    id         TEXT NOT NULL UNIQUE,
    kind       TEXT NOT NULL,
    org_id     TEXT NOT NULL REFERENCES organizations (id),
    level      TEXT NOT NULL,
    state      TEXT NOT NULL,
    created_at TEXT NOT NULL,
    created_by TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    edition    BIGINT NOT NULL
);
CREATE INDEX assets_org ON assets (org_id);

CREATE TABLE datasets (
    uid            TEXT PRIMARY KEY REFERENCES assets (uid),
    title          TEXT NOT NULL,
    description    TEXT NOT NULL,
    licence        TEXT NOT NULL,
    keywords       TEXT NOT NULL,
    themes         TEXT NOT NULL,
    frequency      TEXT NOT NULL,
    coverage_start TEXT NOT NULL,
    coverage_end   TEXT NOT NULL,
    spatial        TEXT NOT NULL,
    contact        TEXT NOT NULL,
    source         TEXT NOT NULL,
    key_fields     TEXT NOT NULL,
    fields         TEXT NOT NULL,
    described_at   TEXT NOT NULL,
    published_at   TEXT,
    next_due       TEXT
);

CREATE TABLE asset_relations (
    subject    TEXT NOT NULL REFERENCES assets (uid),
    predicate  TEXT NOT NULL,
    object     TEXT NOT NULL,
    created_at TEXT NOT NULL,
    created_by TEXT NOT NULL,
    PRIMARY KEY (subject, predicate, object)
);
CREATE INDEX asset_relations_object ON asset_relations (object);

-- One row: the number that moves whenever the catalogue changes.
CREATE TABLE asset_revision (
    id       INTEGER PRIMARY KEY CHECK (id = 1),
    revision BIGINT NOT NULL
);
INSERT INTO asset_revision (id, revision) VALUES (1, 1);
