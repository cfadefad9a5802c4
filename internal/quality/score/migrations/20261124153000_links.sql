-- +goose Up
-- What was answered, the last time, by each address that datasets send their readers to.
CREATE TABLE quality_links (
    url        TEXT PRIMARY KEY,
    checked_at TEXT NOT NULL,
    failures   BIGINT NOT NULL, -- rounds in a row without an answer
    dead       BIGINT NOT NULL,
    why        TEXT NOT NULL
);

-- +goose Down
DROP TABLE quality_links;
