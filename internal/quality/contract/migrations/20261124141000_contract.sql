-- +goose Up
CREATE TABLE contracts (
    dataset_uid TEXT PRIMARY KEY,
    content     TEXT NOT NULL,
    edition     BIGINT NOT NULL,
    updated_by  TEXT NOT NULL,
    updated_at  TEXT NOT NULL
);

CREATE TABLE contract_results (
    id          TEXT PRIMARY KEY,
    dataset_uid TEXT NOT NULL,
    version     BIGINT NOT NULL,
    edition     BIGINT NOT NULL,
    checked_at  TEXT NOT NULL,
    cause       TEXT NOT NULL,
    outcomes    TEXT NOT NULL,
    fresh       TEXT NOT NULL
);
CREATE INDEX contract_results_dataset ON contract_results (dataset_uid, checked_at);

CREATE TABLE contract_breaks (
    dataset_uid TEXT NOT NULL,
    rule        TEXT NOT NULL,
    since       TEXT NOT NULL,
    PRIMARY KEY (dataset_uid, rule)
);

-- +goose Down
DROP TABLE contract_breaks;
DROP TABLE contract_results;
DROP TABLE contracts;
