-- +goose Up
-- What Socle adds to River's own table of jobs.
CREATE TABLE job_details (
    job_id     BIGINT PRIMARY KEY,
    key_text   TEXT NOT NULL,
    asset      TEXT NOT NULL,
    owner      TEXT NOT NULL,
    ratio      DOUBLE PRECISION NOT NULL,
    doing      TEXT NOT NULL,
    message    TEXT NOT NULL,
    stopped    INTEGER NOT NULL,
    updated_at TEXT NOT NULL
);
CREATE INDEX job_details_asset ON job_details (asset);
CREATE INDEX job_details_owner ON job_details (owner);

-- The processes that run jobs, and when each last said that it lives.
CREATE TABLE job_runners (
    id      TEXT PRIMARY KEY,
    seen_at TEXT NOT NULL
);
