-- +goose Up
-- What changed in the description of a field: one row a field, with all that was said before and after.
CREATE TABLE quality_dictionary_changes (
    id          TEXT PRIMARY KEY,
    dataset_uid TEXT NOT NULL REFERENCES assets (uid),
    field       TEXT NOT NULL,
    edition     BIGINT NOT NULL, -- of the dataset, after the change
    changed_at  TEXT NOT NULL,
    actor       TEXT NOT NULL,
    actor_name  TEXT NOT NULL,
    before_doc  TEXT NOT NULL,
    after_doc   TEXT NOT NULL
);
CREATE INDEX quality_dictionary_changes_dataset ON quality_dictionary_changes (dataset_uid, changed_at);

-- +goose Down
DROP TABLE quality_dictionary_changes;
