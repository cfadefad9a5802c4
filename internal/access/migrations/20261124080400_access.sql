-- +goose Up
CREATE TABLE grants (
    id           TEXT PRIMARY KEY,
    subject_kind TEXT NOT NULL,
    subject_id   TEXT NOT NULL,
    asset_uid    TEXT NOT NULL REFERENCES assets (uid),
    fields       TEXT NOT NULL,
    row_filter   TEXT NOT NULL,
    purpose      TEXT NOT NULL,
    legal_basis  TEXT NOT NULL,
    from_at      TEXT NOT NULL,
    until_at     TEXT,
    decision     TEXT NOT NULL,
    created_at   TEXT NOT NULL,
    created_by   TEXT NOT NULL,
    revoked_at   TEXT,
    revoked_by   TEXT
);
CREATE INDEX grants_asset ON grants (asset_uid);
CREATE INDEX grants_subject ON grants (subject_kind, subject_id);
