/** A profile file, read again when its time or size changes, so that a rotation needs no restart. */
import type { Clock } from '../../runtime/clock.ts';
import type { CredentialsSource, SourceAnswer } from './credentials.ts';
import type { FileAccess, FileStamp } from './file-access.ts';
import { readStaticKeys } from './static-keys.ts';

export interface ProfileFileOptions {
  readonly path: string;
  readonly files: FileAccess;
  /** Tells whether keys that say when they end have ended. */
  readonly clock: Clock;
  readonly parse: (text: string) => ParsedProfiles;
  /** Told once per version of a file that others may read. */
  readonly onWarning?: ((message: string) => void) | undefined;
}

/** One file, shared by all its profiles. */
export class ProfileFile {
  readonly path: string;
  readonly #files: FileAccess;
  readonly #clock: Clock;
  readonly #parseText: (text: string) => ParsedProfiles;
  readonly #onWarning: ((message: string) => void) | undefined;
  #read: { readonly stamp: FileStamp; readonly parsed: ParsedProfiles } | undefined;
  #warned: FileStamp | undefined;

  constructor({ path, files, clock, parse, onWarning }: ProfileFileOptions) {
    this.path = path;
    this.#files = files;
    this.#clock = clock;
    this.#parseText = parse;
    this.#onWarning = onWarning;
  }

  /** The source for one profile. `missing` says what a file or a profile that is not there means. */
  source(profile: string, missing: 'absent' | 'failed'): CredentialsSource {
    return { load: () => this.#load(profile, missing), reset: () => this.reset() };
  }

  /** Reads the file the next time even when it looks unchanged. */
  reset(): void {
    this.#read = undefined;
  }

  async #load(profile: string, missing: 'absent' | 'failed'): Promise<SourceAnswer> {
    let parsed: ParsedProfiles | undefined;
    try {
      parsed = await this.#parse();
    } catch (error) {
      return { kind: 'failed', reason: `file "${this.path}" cannot be read: ${codeOf(error)}` };
    }
    if (parsed === undefined) return { kind: missing, reason: `file "${this.path}" does not exist` };
    if (!parsed.ok) {
      return { kind: 'failed', reason: `file "${this.path}" line ${parsed.line}: ${parsed.problem}` };
    }
    const fields = parsed.profiles.get(profile);
    if (fields === undefined) {
      const known = [...parsed.profiles.keys()].map((name) => `"${name}"`).join(', ') || 'none';
      return { kind: missing, reason: `file "${this.path}" has no profile "${profile}" (it has: ${known})` };
    }
    return this.#toCredentials(profile, fields);
  }

  #toCredentials(profile: string, fields: ReadonlyMap<string, string>): SourceAnswer {
    const secretId = fields.get('secret_id') ?? '';
    const secretKey = fields.get('secret_key') ?? '';
    const token = fields.get('token') ?? '';
    if (secretId === '' || secretKey === '') {
      const lacking = secretId === '' ? 'secret_id' : 'secret_key';
      return { kind: 'failed', reason: `file "${this.path}" profile "${profile}" has no ${lacking}; add it` };
    }
    const expiresAtMs = Number(fields.get('expires_at') ?? Number.NaN) * 1000;
    if (expiresAtMs <= this.#clock.wall()) {
      const reason = `the keys of file "${this.path}" have ended; log in again, for tccli with \`tccli auth login\``;
      return { kind: 'failed', reason };
    }
    const part = (field: string, text: string) => ({
      name: `${field} of file "${this.path}" profile "${profile}"`,
      text,
    });
    const answer = readStaticKeys(
      {
        secretId: part('secret_id', secretId),
        secretKey: part('secret_key', secretKey),
        token: token === '' ? undefined : part('token', token),
      },
      `profile "${profile}" of "${this.path}"`,
    );
    if (answer.kind !== 'found' || Number.isNaN(expiresAtMs)) return answer;
    return { kind: 'found', credentials: { ...answer.credentials, expiresAtMs } };
  }

  async #parse(): Promise<ParsedProfiles | undefined> {
    const stamp = await this.#files.stat(this.path);
    if (stamp === undefined) return undefined;
    this.#warnAboutMode(stamp);
    if (this.#read !== undefined && isSame(this.#read.stamp, stamp)) return this.#read.parsed;
    // Stamped before reading: a change during the read is seen the next time.
    const parsed = this.#parseText(await this.#files.readFile(this.path));
    this.#read = { stamp, parsed };
    return parsed;
  }

  #warnAboutMode(stamp: FileStamp): void {
    if ((stamp.mode & 0o044) === 0 || (this.#warned !== undefined && isSame(this.#warned, stamp))) return;
    this.#warned = stamp;
    const mode = stamp.mode.toString(8).padStart(3, '0');
    this.#onWarning?.(
      `credentials file "${this.path}" can be read by others (mode ${mode}); run: chmod 600 "${this.path}"`,
    );
  }
}

function isSame(left: FileStamp, right: FileStamp): boolean {
  return left.mtimeMs === right.mtimeMs && left.size === right.size && left.mode === right.mode;
}

function codeOf(error: unknown): string {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
  return error instanceof Error ? error.name : 'unknown error';
}

// The INI dialect of `~/.tencentcloud/credentials`: `[profile]`, `name = value`, comments by `#` or `;`.

type Profiles = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** What a file of profiles holds; the fields of a profile are `secret_id`, `secret_key`, `token` and `expires_at` (Unix seconds). */
export type ParsedProfiles =
  | { readonly ok: true; readonly profiles: Profiles }
  /** 1-based line; the text of the line is never told, it may be a secret. */
  | { readonly ok: false; readonly line: number; readonly problem: string };

/** Parses a whole file. Names are trimmed and in lower case, values trimmed, with one pair of quotes taken off. */
export function parseProfiles(text: string): ParsedProfiles {
  const profiles = new Map<string, Map<string, string>>();
  let section: Map<string, string> | undefined;
  for (const [index, raw] of text
    .replace(/^\uFEFF/, '')
    .split(/\r\n|\r|\n/)
    .entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#') || line.startsWith(';')) continue;
    const header = /^\[([^\]]*)\]$/.exec(line)?.[1]?.trim();
    if (header !== undefined && header !== '') {
      section = profiles.get(header) ?? new Map();
      profiles.set(header, section);
      continue;
    }
    const equals = line.indexOf('=');
    if (equals <= 0) return { ok: false, line: index + 1, problem: 'expected "[profile]" or "name = value"' };
    if (section === undefined)
      return { ok: false, line: index + 1, problem: 'expected a "[profile]" line first' };
    section.set(line.slice(0, equals).trim().toLowerCase(), unquote(line.slice(equals + 1).trim()));
  }
  return { ok: true, profiles };
}

function unquote(value: string): string {
  return /^(["'])(.*)\1$/.exec(value)?.[2] ?? value;
}
