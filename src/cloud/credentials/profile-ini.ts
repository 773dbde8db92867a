/** The INI dialect of `~/.tencentcloud/credentials`: `[profile]`, `name = value`, comments by `#` or `;`. */

export type Profiles = ReadonlyMap<string, ReadonlyMap<string, string>>;

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
