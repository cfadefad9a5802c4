-- +goose Up
CREATE TABLE pivot_read (
    dataset_uid TEXT PRIMARY KEY,
    version     BIGINT NOT NULL,
    read_at     TEXT NOT NULL
);

CREATE TABLE pivot_sketches (
    dataset_uid     TEXT NOT NULL,
    field           TEXT NOT NULL,
    version         BIGINT NOT NULL,
    label           TEXT NOT NULL,
    concept         TEXT NOT NULL,
    row_count       BIGINT NOT NULL,
    filled          BIGINT NOT NULL,
    distinct_values BIGINT NOT NULL,
    long_values     BIGINT NOT NULL,
    hashes          TEXT NOT NULL,
    PRIMARY KEY (dataset_uid, field)
);

CREATE TABLE pivot_links (
    dataset_uid TEXT NOT NULL,
    field       TEXT NOT NULL,
    other_uid   TEXT NOT NULL,
    other_field TEXT NOT NULL,
    overlap     TEXT NOT NULL,
    PRIMARY KEY (dataset_uid, field, other_uid, other_field)
);
CREATE INDEX pivot_links_other ON pivot_links (other_uid, other_field);

CREATE TABLE pivot_members (
    dataset_uid TEXT NOT NULL,
    field       TEXT NOT NULL,
    pivot       TEXT NOT NULL,
    state       TEXT NOT NULL,
    decided_by  TEXT NOT NULL,
    decided_at  TEXT NOT NULL,
    PRIMARY KEY (dataset_uid, field)
);
CREATE INDEX pivot_members_pivot ON pivot_members (pivot, state);

CREATE TABLE pivot_coverage (
    dataset_uid   TEXT NOT NULL,
    version       BIGINT NOT NULL,
    field         TEXT NOT NULL,
    other_uid     TEXT NOT NULL,
    other_version BIGINT NOT NULL,
    other_field   TEXT NOT NULL,
    coverage      TEXT NOT NULL,
    PRIMARY KEY (dataset_uid, version, field, other_uid, other_version, other_field)
);

-- +goose Down
DROP TABLE pivot_coverage;
DROP TABLE pivot_members;
DROP TABLE pivot_links;
DROP TABLE pivot_sketches;
DROP TABLE pivot_read;
