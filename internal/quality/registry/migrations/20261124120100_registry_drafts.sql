-- +goose Up
-- A draft is a document in the making that only its owner sees.
CREATE TABLE registry_drafts (
    id         TEXT PRIMARY KEY,
    owner      TEXT NOT NULL,
    content    TEXT NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
);
CREATE INDEX registry_drafts_owner ON registry_drafts (owner, updated_at);

-- +goose Down
DROP TABLE registry_drafts;
