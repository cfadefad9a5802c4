-- +goose Up
CREATE TABLE organizations (
    id          TEXT PRIMARY KEY,
    slug        TEXT NOT NULL UNIQUE,
    name        TEXT NOT NULL,
    kind        TEXT NOT NULL,
    description TEXT NOT NULL,
    url         TEXT NOT NULL,
    parent_id   TEXT REFERENCES organizations (id),
    own         INTEGER NOT NULL,
    created_at  TEXT NOT NULL,
    updated_at  TEXT NOT NULL
);
CREATE UNIQUE INDEX organizations_own ON organizations (own) WHERE own = 1;

CREATE TABLE users (
    id         TEXT PRIMARY KEY,
    email      TEXT NOT NULL UNIQUE,
    name       TEXT NOT NULL,
    password   TEXT,
    disabled   INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    signed_in  TEXT
);

CREATE TABLE memberships (
    user_id TEXT NOT NULL REFERENCES users (id),
    org_id  TEXT NOT NULL REFERENCES organizations (id),
    role    INTEGER NOT NULL,
    since   TEXT NOT NULL,
    PRIMARY KEY (user_id, org_id)
);
CREATE INDEX memberships_org ON memberships (org_id);

CREATE TABLE sessions (
    id         TEXT PRIMARY KEY,
    secret     TEXT NOT NULL UNIQUE,
    user_id    TEXT NOT NULL REFERENCES users (id),
    created_at TEXT NOT NULL,
    seen_at    TEXT NOT NULL,
    expires_at TEXT NOT NULL
);
CREATE INDEX sessions_user ON sessions (user_id);

CREATE TABLE tokens (
    id         TEXT PRIMARY KEY,
    secret     TEXT NOT NULL UNIQUE,
    name       TEXT NOT NULL,
    user_id    TEXT REFERENCES users (id),
    org_id     TEXT REFERENCES organizations (id),
    role       INTEGER NOT NULL,
    scopes     TEXT NOT NULL,
    hint       TEXT NOT NULL,
    created_at TEXT NOT NULL,
    expires_at TEXT,
    used_at    TEXT,
    revoked_at TEXT
);

-- Failed sign-ins, by account and by address; a subject is hashed, so that the table names nobody.
CREATE TABLE sign_in_failures (
    subject TEXT PRIMARY KEY,
    count   INTEGER NOT NULL,
    last_at TEXT NOT NULL
);
