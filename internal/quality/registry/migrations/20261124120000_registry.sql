-- +goose Up
-- A schema is a name that stays; what it says is in its versions, which never change.
CREATE TABLE registry_schemas (
    id         TEXT PRIMARY KEY,
    owner      TEXT NOT NULL,
    name       TEXT NOT NULL,
    org_id     TEXT NOT NULL REFERENCES organizations (id),
    created_at TEXT NOT NULL,
    UNIQUE (owner, name)
);
CREATE INDEX registry_schemas_org ON registry_schemas (org_id);

-- The document is kept byte for byte.
CREATE TABLE registry_versions (
    schema_id    TEXT NOT NULL REFERENCES registry_schemas (id),
    number       TEXT NOT NULL,
    kind         TEXT NOT NULL,
    title        TEXT NOT NULL,
    description  TEXT NOT NULL,
    fields       BIGINT NOT NULL,
    document     TEXT NOT NULL,
    sha256       TEXT NOT NULL,
    note         TEXT NOT NULL,
    origin       TEXT NOT NULL,
    author       TEXT NOT NULL,
    author_name  TEXT NOT NULL,
    published_at TEXT NOT NULL,
    PRIMARY KEY (schema_id, number)
);
CREATE INDEX registry_versions_published ON registry_versions (published_at);

-- +goose Down
DROP TABLE registry_versions;
DROP TABLE registry_schemas;
