-- +goose Up
-- What the files of a dataset must satisfy, and what happens at a publication when they do not.
CREATE TABLE registry_rules (
    dataset_uid TEXT PRIMARY KEY,
    schemas     TEXT NOT NULL,
    policy      TEXT NOT NULL,
    updated_at  TEXT NOT NULL
);

-- +goose Down
DROP TABLE registry_rules;
