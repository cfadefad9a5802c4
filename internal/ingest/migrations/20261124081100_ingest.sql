-- +goose Up
CREATE TABLE ingest_drafts (
    id         TEXT PRIMARY KEY,
    owner      TEXT NOT NULL,
    owner_name TEXT NOT NULL,
    state      TEXT NOT NULL,
    name       TEXT NOT NULL,
    byte_count BIGINT NOT NULL,
    sha256     TEXT NOT NULL,
    job_id     BIGINT NOT NULL,
    content    TEXT NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    expires_at TEXT NOT NULL
);
CREATE INDEX ingest_drafts_owner ON ingest_drafts (owner, created_at);

-- +goose Down
DROP TABLE ingest_drafts;
