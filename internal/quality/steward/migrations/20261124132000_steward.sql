-- +goose Up
-- What readers say of a dataset: of a field, or of rows of it.
CREATE TABLE quality_comments (
    id          TEXT PRIMARY KEY,
    dataset_uid TEXT NOT NULL REFERENCES assets (uid),
    number      BIGINT NOT NULL, -- version that was read
    field       TEXT NOT NULL,   -- "" for the whole
    row_from    BIGINT NOT NULL, -- 0 for no rows in particular
    row_to      BIGINT NOT NULL,
    author      TEXT NOT NULL,   -- id of a person, whose name is read when it is shown: one who is erased has none
    body        TEXT NOT NULL,   -- emptied when it is removed
    state       TEXT NOT NULL,
    resolved_in BIGINT NOT NULL, -- version that mends it; 0
    created_at  TEXT NOT NULL,
    updated_at  TEXT NOT NULL
);
CREATE INDEX quality_comments_dataset ON quality_comments (dataset_uid, created_at);
CREATE INDEX quality_comments_author ON quality_comments (author, created_at);

CREATE TABLE quality_answers (
    id          TEXT PRIMARY KEY,
    comment_id  TEXT NOT NULL REFERENCES quality_comments (id),
    author      TEXT NOT NULL,
    producer    BIGINT NOT NULL, -- 1 when said by the team of the dataset
    body        TEXT NOT NULL,
    created_at  TEXT NOT NULL
);
CREATE INDEX quality_answers_comment ON quality_answers (comment_id, created_at);

-- How often each dataset was used, by day: never by whom.
CREATE TABLE quality_uses (
    dataset_uid TEXT NOT NULL REFERENCES assets (uid),
    day         TEXT NOT NULL,
    uses        BIGINT NOT NULL,
    PRIMARY KEY (dataset_uid, day)
);

-- +goose Down
DROP TABLE quality_uses;
DROP TABLE quality_answers;
DROP TABLE quality_comments;
