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

const PENDING_RESTORES = `
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

/** `heartbeat`: one row, which the writer renews as long as it can write: when, and how often it does. */
const HEARTBEAT = `
CREATE TABLE heartbeat (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  at_ms INTEGER NOT NULL,
  every_ms INTEGER NOT NULL
) STRICT;
`;

/**
 * `declaration_history` holds rows from here on that do not count yet: those of a revision that has no row in `revisions`.
 * `staged_declarations`: what the next revision changes in `declarations` (without a body: it leaves). It counts, in place
 * of what stands there, while `staged_in_force` has its row.
 */
const STAGED = `
CREATE TABLE staged_declarations (
  binding TEXT PRIMARY KEY,
  file TEXT NOT NULL,
  body TEXT
) STRICT, WITHOUT ROWID;

CREATE TABLE staged_in_force (
  id INTEGER PRIMARY KEY CHECK (id = 1)
) STRICT;
`;

/** `commits`: how many YAML files and valid bindings there were; NULL in older rows. */
const COMMIT_SIZES = `
ALTER TABLE commits ADD COLUMN files INTEGER;
ALTER TABLE commits ADD COLUMN bindings INTEGER;
`;

/** The tables `verdicts` and `pledges`, and fields of what they, `revisions` and `approvals` hold, get the names that the program uses. */
const NAMES = `
ALTER TABLE verdicts RENAME TO statuses;
ALTER TABLE pledges RENAME TO pending_restores;
UPDATE statuses SET body = replace(body, '"verdict":', '"status":');
UPDATE revisions SET body = replace(replace(body, '"findings":', '"diagnostics":'), '"findingCount":', '"diagnosticCount":');
UPDATE approvals SET note = replace(note, '"toldBy":', '"saidBy":');
`;

/** `journal.permit`: what let the write pass, as JSON; `authority` has it in words. `journal.traffic`: what the write opens and closes, as JSON; empty when nobody knows. `traffic_changes`: what changed traffic without a write. */
const TRAFFIC = `
ALTER TABLE journal ADD COLUMN traffic TEXT NOT NULL DEFAULT '';
ALTER TABLE journal ADD COLUMN permit TEXT NOT NULL DEFAULT '';
UPDATE journal SET permit = permit_of_old_text(authority) WHERE authority <> '';
CREATE TABLE traffic_changes (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  found_ms INTEGER NOT NULL,
  cause TEXT NOT NULL,
  account TEXT NOT NULL,
  region TEXT NOT NULL,
  binding TEXT NOT NULL,
  origin TEXT NOT NULL,
  instance_ids TEXT NOT NULL,
  before TEXT NOT NULL,
  after TEXT NOT NULL,
  body TEXT NOT NULL
) STRICT;
CREATE INDEX traffic_changes_by_time ON traffic_changes (found_ms);
`;

/** The chain of the journal, see journal-chain.ts; entries from before have no hash. `journal_pruned`: the newest entry that went. */
const CHAIN = `
ALTER TABLE journal ADD COLUMN previous TEXT NOT NULL DEFAULT '';
ALTER TABLE journal ADD COLUMN hash TEXT NOT NULL DEFAULT '';
ALTER TABLE journal ADD COLUMN seal TEXT NOT NULL DEFAULT '';
CREATE TABLE journal_pruned (id INTEGER PRIMARY KEY CHECK (id = 1), last_id INTEGER NOT NULL, hash TEXT NOT NULL) STRICT;
INSERT INTO journal_pruned SELECT 1, COALESCE((SELECT min(id) FROM journal) - 1, (SELECT seq FROM sqlite_sequence WHERE name = 'journal'), 0), '';
`;

/** `sent_causes`: what people were told of by a message and lasts, and when they were told last. */
const SENT_CAUSES = `
CREATE TABLE sent_causes (
  cause TEXT PRIMARY KEY,
  sent_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
`;

export const MIGRATIONS: readonly string[] = [
  FIRST,
  PENDING_RESTORES,
  HISTORY,
  COMMITS,
  ORDER,
  HEARTBEAT,
  STAGED,
  COMMIT_SIZES,
  NAMES,
  TRAFFIC,
  CHAIN,
  SENT_CAUSES,
];

/** The version that this program writes (SQLite's `user_version`). */
export const SCHEMA_VERSION = MIGRATIONS.length;
