-- +goose Up
-- Which snapshot of which Iceberg table is a version. A cache of what the metadata of the tables say: it may be
-- emptied at any time, and is written again with the projection.
CREATE TABLE table_snapshots (
    dataset_uid TEXT NOT NULL,
    number      BIGINT NOT NULL,
    table_name  TEXT NOT NULL,
    snapshot    BIGINT NOT NULL,
    numbered    BIGINT NOT NULL,
    PRIMARY KEY (dataset_uid, number)
);

-- +goose Down
DROP TABLE table_snapshots;
