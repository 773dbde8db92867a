/** Bounds what all files of a revision give together, so that no repository can fill the memory. */

import { capDiagnostics } from '../documents/diagnostic-placement.ts';
import type { ParsedFile } from '../documents/parsed-file.ts';
import { TreeTooLargeError } from './tree-walk.ts';

/** Most bindings of one revision, valid ones and others. */
const MAX_BINDINGS = 20_000;
/** Most instances that they name together. */
const MAX_INSTANCES = 200_000;
/** Most approvals of one revision; most are over after a day. */
const MAX_APPROVALS = 10_000;
/** Findings of one revision; past them each file keeps its first. */
const MAX_DIAGNOSTICS = 10_000;
/** Files that are named when there is too much. */
const MAX_NAMED = 5;

export class RevisionBounds {
  readonly #bindings = new Limit(MAX_BINDINGS, 'bindings');
  readonly #instances = new Limit(MAX_INSTANCES, 'instances of bindings');
  readonly #approvals = new Limit(MAX_APPROVALS, 'approvals');
  #diagnostics = 0;

  /** Takes the next reading, with as many diagnostics as may be kept of it. @throws TreeTooLargeError. */
  take<T extends { readonly reading: ParsedFile }>(parsed: T): T {
    const { file, documents, broken, diagnostics, approvals = [] } = parsed.reading;
    this.#approvals.add(file, approvals.length);
    this.#bindings.add(file, documents.length + broken.length);
    this.#instances.add(
      file,
      documents.reduce((sum, { binding }) => sum + (binding.spec.instanceIds?.length ?? 0), 0),
    );
    const most = Math.max(MAX_DIAGNOSTICS - this.#diagnostics, 1);
    this.#diagnostics += Math.min(diagnostics.length, most);
    if (diagnostics.length <= most) return parsed;
    return {
      ...parsed,
      reading: { ...parsed.reading, diagnostics: capDiagnostics(file, diagnostics, most) },
    };
  }
}

/** Counts something by file, up to a limit. */
class Limit {
  readonly #most: number;
  readonly #what: string;
  readonly #perFile: { readonly file: string; readonly count: number }[] = [];
  #sum = 0;

  constructor(most: number, what: string) {
    this.#most = most;
    this.#what = what;
  }

  /** @throws TreeTooLargeError. */
  add(file: string, count: number): void {
    this.#perFile.push({ file, count });
    this.#sum += count;
    if (this.#sum <= this.#most) return;
    const largest = this.#perFile.toSorted((a, b) => b.count - a.count).slice(0, MAX_NAMED);
    const named = largest.map((one) => `"${one.file}" (${one.count})`).join(', ');
    throw new TreeTooLargeError(`it has more than ${this.#most} ${this.#what}; most are in ${named}`);
  }
}
