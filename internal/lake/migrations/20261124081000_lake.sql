-- +goose Up
-- A write is blobs that are being made or kept for later, before a version owns them. Its row is written before
-- its first blob, and goes in the transaction that makes a version of them: a blob without a write and without a
-- version belongs to nobody.
CREATE TABLE lake_writes (
    id          TEXT PRIMARY KEY,
    node        TEXT NOT NULL,
    state       TEXT NOT NULL,
    started_at  TEXT NOT NULL,
    lease_until TEXT NOT NULL,
    kept_until  TEXT,
    kept_keys   TEXT NOT NULL
);

CREATE TABLE lake_versions (
    dataset_uid     TEXT NOT NULL,
    number          BIGINT NOT NULL,
    published_at    TEXT NOT NULL,
    author          TEXT NOT NULL,
    author_name     TEXT NOT NULL,
    row_count       BIGINT NOT NULL,
    byte_count      BIGINT NOT NULL,
    original_sha256 TEXT NOT NULL,
    fingerprint     TEXT NOT NULL,
    note            TEXT NOT NULL,
    record          TEXT NOT NULL,
    erased_at       TEXT,
    erased_by       TEXT,
    erased_reason   TEXT,
    PRIMARY KEY (dataset_uid, number)
);
CREATE INDEX lake_versions_published ON lake_versions (published_at);

CREATE TABLE lake_files (
    blob_key    TEXT PRIMARY KEY,
    dataset_uid TEXT NOT NULL,
    number      BIGINT NOT NULL,
    role        TEXT NOT NULL,
    place       BIGINT NOT NULL,
    name        TEXT NOT NULL,
    byte_count  BIGINT NOT NULL,
    row_count   BIGINT NOT NULL,
    sha256      TEXT NOT NULL,
    FOREIGN KEY (dataset_uid, number) REFERENCES lake_versions (dataset_uid, number)
);
CREATE INDEX lake_files_version ON lake_files (dataset_uid, number);

CREATE TABLE lake_heads (
    dataset_uid TEXT PRIMARY KEY,
    number      BIGINT NOT NULL,
    FOREIGN KEY (dataset_uid, number) REFERENCES lake_versions (dataset_uid, number)
);

-- +goose Down
DROP TABLE lake_heads;
DROP TABLE lake_files;
DROP TABLE lake_versions;
DROP TABLE lake_writes;
