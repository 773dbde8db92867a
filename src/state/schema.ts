/** The tables of the state file, as forward migrations: entry N brings a file of version N to version N + 1. */

const FIRST = `
CREATE TABLE journal (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  intended_ms INTEGER NOT NULL,
  actor TEXT NOT NULL,
  instance_id TEXT NOT NULL,
  account TEXT NOT NULL,
  region TEXT NOT NULL,
  binding TEXT NOT NULL,
  origin TEXT NOT NULL,
  cause TEXT NOT NULL,
  api TEXT NOT NULL,
  before TEXT NOT NULL,
  after TEXT NOT NULL,
  attempt INTEGER NOT NULL,
  outcome TEXT,
  concluded_ms INTEGER,
  request_id TEXT NOT NULL DEFAULT '',
  code TEXT NOT NULL DEFAULT '',
  message TEXT NOT NULL DEFAULT '',
  observed TEXT,
  verified_ms INTEGER
) STRICT;
CREATE INDEX journal_by_instance ON journal (instance_id, id);
CREATE INDEX journal_by_binding ON journal (binding, id);
CREATE INDEX journal_unverified ON journal (id) WHERE verified_ms IS NULL;

CREATE TABLE inventory (
  instance_id TEXT PRIMARY KEY,
  owner TEXT,
  original TEXT
) STRICT, WITHOUT ROWID;

CREATE TABLE verdicts (
  binding TEXT PRIMARY KEY,
  updated_ms INTEGER NOT NULL,
  in_sync INTEGER NOT NULL,
  instances INTEGER NOT NULL,
  body TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE declarations (
  file TEXT NOT NULL,
  binding TEXT NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (binding)
) STRICT, WITHOUT ROWID;

CREATE TABLE revisions (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  revision TEXT NOT NULL,
  seen_ms INTEGER NOT NULL,
  body TEXT NOT NULL
) STRICT;
`;

const PLEDGES = `
CREATE TABLE pledges (
  instance_id TEXT PRIMARY KEY,
  binding TEXT NOT NULL,
  body TEXT NOT NULL,
  original TEXT,
  released_ms INTEGER
) STRICT, WITHOUT ROWID;
`;

export const MIGRATIONS: readonly string[] = [FIRST, PLEDGES];

/** The version that this program writes (SQLite's `user_version`). */
export const SCHEMA_VERSION = MIGRATIONS.length;
