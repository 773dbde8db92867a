/** What was found out about mutants, in the user's cache folder, so that a run that was interrupted goes on. */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Mutant } from './mutants.ts';
import type { Judgement } from './workshop.ts';

interface Entry extends Judgement {
  readonly file: string;
  readonly line: number;
  readonly change: string;
}

export class VerdictBook {
  readonly folder = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'cvmsg-mutants');
  readonly #path = join(this.folder, 'verdicts.json');
  readonly #entries: Map<string, Entry>;

  constructor() {
    mkdirSync(this.folder, { recursive: true });
    this.#entries = new Map(Object.entries(read(this.#path)));
  }

  /** What was said of the very same change of the very same source. */
  of(mutant: Mutant): Judgement | undefined {
    return this.#entries.get(identity(mutant));
  }

  add(mutant: Mutant, judgement: Judgement): void {
    const { file, line, change } = mutant;
    this.#entries.set(identity(mutant), { file, line, change, ...judgement });
    replace(this.#path, `${JSON.stringify(Object.fromEntries(this.#entries), undefined, 1)}\n`);
  }

  /** Writes the list of these mutants as Markdown, and answers its path. */
  list(name: string, mutants: readonly Mutant[]): string {
    const rows = mutants.flatMap((mutant) => {
      const judgement = this.of(mutant);
      if (judgement === undefined) return [];
      const change = mutant.change.replaceAll('|', '\\|');
      return `| ${judgement.verdict} | \`${mutant.file}:${mutant.line}\` | \`${change}\` | ${judgement.by} |`;
    });
    const path = join(this.folder, `${name}.md`);
    const head = ['| verdict | where | change | by |', '|---|---|---|---|'];
    replace(path, [...head, ...rows.sort().reverse(), ''].join('\n'));
    return path;
  }
}

function identity({ file, text }: Mutant): string {
  return createHash('sha256').update(`${file}\n${text}`).digest('hex').slice(0, 24);
}

function read(path: string): Record<string, Entry> {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return {};
  }
}

function replace(path: string, text: string): void {
  writeFileSync(`${path}.new`, text);
  renameSync(`${path}.new`, path);
}
