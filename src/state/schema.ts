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

/**
 * `declaration_history`: what each binding declared, from one row of `revisions` on until (not including) another. The
 * content of revision R is every row with from_revision <= R and (to_revision is null or > R).
 */
const HISTORY = `
ALTER TABLE journal ADD COLUMN authority TEXT NOT NULL DEFAULT '';
CREATE INDEX journal_by_time ON journal (intended_ms);

CREATE TABLE declaration_history (
  binding TEXT NOT NULL,
  from_revision INTEGER NOT NULL,
  to_revision INTEGER,
  digest TEXT NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (binding, from_revision)
) STRICT;
CREATE INDEX declaration_history_present ON declaration_history (binding, digest) WHERE to_revision IS NULL;
CREATE INDEX declaration_history_past ON declaration_history (to_revision) WHERE to_revision IS NOT NULL;

CREATE TABLE approvals (
  digest TEXT NOT NULL,
  scope TEXT NOT NULL,
  binding TEXT NOT NULL DEFAULT '',
  approved_by TEXT NOT NULL,
  approved_ms INTEGER NOT NULL,
  changes TEXT NOT NULL,
  note TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (digest, scope, binding)
) STRICT, WITHOUT ROWID;
`;

/** `commits`: the digest of what a folder of a published commit reads like; the newest id was read last. */
const COMMITS = `
CREATE TABLE commits (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  hash TEXT NOT NULL,
  folder TEXT NOT NULL,
  digest TEXT NOT NULL,
  UNIQUE (hash, folder)
) STRICT;
`;

/** `revision_order`: one row, which tells what came in a later revision than what. */
const ORDER = `
CREATE TABLE revision_order (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  body TEXT NOT NULL
) STRICT;
`;

export const MIGRATIONS: readonly string[] = [FIRST, PLEDGES, HISTORY, COMMITS, ORDER];

/** The version that this program writes (SQLite's `user_version`). */
export const SCHEMA_VERSION = MIGRATIONS.length;
