-- +goose Up
-- The latest score of each dataset, whole, with what reading its version found; it is made again at will.
CREATE TABLE quality_scores (
    dataset_uid TEXT PRIMARY KEY REFERENCES assets (uid),
    number      BIGINT NOT NULL,
    rules       TEXT NOT NULL,
    computed_at TEXT NOT NULL,
    points      BIGINT NOT NULL, -- tenths of a point
    letter      TEXT NOT NULL,
    score       TEXT NOT NULL,
    reading     TEXT NOT NULL
);

-- How scores moved: a row when the version, the rules, the points or the letter changed. Never an example of the data.
CREATE TABLE quality_score_history (
    id          TEXT PRIMARY KEY,
    dataset_uid TEXT NOT NULL REFERENCES assets (uid),
    number      BIGINT NOT NULL,
    rules       TEXT NOT NULL,
    computed_at TEXT NOT NULL,
    points      BIGINT NOT NULL,
    letter      TEXT NOT NULL,
    dimensions  TEXT NOT NULL
);
CREATE INDEX quality_score_history_dataset ON quality_score_history (dataset_uid, computed_at);

-- +goose Down
DROP TABLE quality_score_history;
DROP TABLE quality_scores;
