-- +goose Up
-- Links by which somebody chooses a password. The secret is kept hashed: reading the table opens nothing.
CREATE TABLE password_links (
    secret     TEXT PRIMARY KEY,
    user_id    TEXT NOT NULL REFERENCES users (id),
    purpose    TEXT NOT NULL,
    created_at TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    used_at    TEXT
);
CREATE INDEX password_links_user ON password_links (user_id);
