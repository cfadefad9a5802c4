-- +goose Up
-- A check is a file held against a schema; it and what was found go away after a day.
CREATE TABLE registry_checks (
    id         TEXT PRIMARY KEY,
    owner      TEXT NOT NULL,
    state      TEXT NOT NULL,
    job_id     BIGINT NOT NULL,
    content    TEXT NOT NULL,
    bytes      BIGINT NOT NULL,
    created_at TEXT NOT NULL,
    expires_at TEXT NOT NULL
);
CREATE INDEX registry_checks_expires ON registry_checks (expires_at);

-- +goose Down
DROP TABLE registry_checks;
