/** A copy of the tree in which mutants are planted one by one, and the warm test process that looks for them. */
import { type ChildProcess, fork } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Mutant } from './mutants.ts';
import { type Stage, stagesFor } from './suites.ts';
import type { StageReply, StageRequest } from './test-server.ts';

const NOT_COPIED = new Set(['node_modules', '.git', 'dist', 'coverage']);
/** A stage that takes longer has found nothing, unless it ends in time without the mutant. */
const STAGE_LIMIT_MS = 120_000;
/** A test that fails without the mutant is given so many chances. */
const ATTEMPTS = 2;

/** `hangs`: a stage does not end in time with it, and does without. `undecided`: a stage is late or fails without it too. */
export type Verdict = 'killed' | 'hangs' | 'survived' | 'undecided';
export interface Judgement {
  readonly verdict: Verdict;
  /** What found it, or why nothing can be said. */
  readonly by: string;
}
interface Run {
  readonly end: 'passed' | 'failed' | 'late';
  /** Test files that failed. */
  readonly failed: readonly string[];
}

export class Workshop {
  readonly #from: string;
  readonly #root = mkdtempSync(join(tmpdir(), 'mutants-'));
  #server: ChildProcess | undefined;
  /** Stages that end in time without a mutant. */
  readonly #inTime = new Map<string, boolean>();
  /** Files that are not what the server has read last. */
  readonly #changed = new Set<string>();

  constructor(from: string) {
    this.#from = from;
    cpSync(from, this.#root, {
      recursive: true,
      filter: (path) => !NOT_COPIED.has(path.slice(from.length + 1)),
    });
    symlinkSync(join(from, 'node_modules'), join(this.#root, 'node_modules'));
  }

  close(): void {
    this.#stop();
    // What was killed may write for a moment yet.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);
    rmSync(this.#root, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }

  /** Plants the mutant, asks stage after stage, and takes it out again. */
  async judge({ file, text }: Mutant): Promise<Judgement> {
    const path = join(this.#root, file);
    const original = readFileSync(path, 'utf8');
    const planted = (stage: Stage) => {
      writeFileSync(path, text);
      return this.#run(stage, [file]).finally(() => writeFileSync(path, original));
    };
    let doubt: string | undefined;
    try {
      for (const stage of stagesFor(this.#root, file)) {
        const end = await this.#ask(stage, planted, file);
        if (end === 'failed') return { verdict: 'killed', by: stage.name };
        if (end === 'hangs') return { verdict: 'hangs', by: stage.name };
        if (end !== 'passed')
          doubt ??= `${stage.name} ${end === 'late' ? 'are late' : 'fail'} without it too`;
      }
    } finally {
      // The next run begins with the module as it was.
      this.#changed.add(file);
    }
    return doubt === undefined
      ? { verdict: 'survived', by: 'no stage' }
      : { verdict: 'undecided', by: doubt };
  }

  /** Whether a stage finds the mutant: what fails, or is late, counts only when it does not without the mutant. */
  async #ask(
    stage: Stage,
    planted: (stage: Stage) => Promise<Run>,
    file: string,
  ): Promise<'passed' | 'failed' | 'hangs' | 'late' | 'broken'> {
    let run = await planted(stage);
    // A machine that is busy makes tests late as well.
    if (run.end === 'late') run = await planted(stage);
    if (run.end === 'late') return (await this.#endsInTime(stage, file)) ? 'hangs' : 'late';
    for (let attempt = 1; run.end === 'failed'; attempt++) {
      const without = await this.#run({ ...stage, files: run.failed }, [file]);
      if (without.end === 'passed') return 'failed';
      if (attempt === ATTEMPTS) return 'broken';
      run = await planted(stage);
    }
    return run.end === 'late' ? 'late' : 'passed';
  }

  async #endsInTime(stage: Stage, file: string): Promise<boolean> {
    const key = stage.files.join(' ');
    const known = this.#inTime.get(key) ?? (await this.#run(stage, [file])).end !== 'late';
    this.#inTime.set(key, known);
    return known;
  }

  #run(stage: Stage, changed: readonly string[]): Promise<Run> {
    const server = this.#started();
    return new Promise((done) => {
      const end = (how: Run['end'], failed: readonly string[] = []) => {
        clearTimeout(limit);
        server.removeAllListeners('message').removeAllListeners('exit');
        if (how === 'late' || server.exitCode !== null) this.#stop();
        done({ end: how, failed });
      };
      const limit = setTimeout(end, STAGE_LIMIT_MS, 'late' as const);
      server.once('message', (reply) => {
        const { failed } = reply as StageReply;
        end(failed.length > 0 ? 'failed' : 'passed', failed);
      });
      server.once('exit', () => end('failed', stage.files));
      server.send({ ...stage, changed: [...this.#changed, ...changed] } satisfies StageRequest);
      this.#changed.clear();
    });
  }

  #started(): ChildProcess {
    // In a group of its own, so that its workers end with it.
    this.#server ??= fork(join(this.#from, 'scripts/mutation/test-server.ts'), {
      cwd: this.#root,
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      detached: true,
    });
    return this.#server;
  }

  #stop(): void {
    const pid = this.#server?.pid;
    this.#server = undefined;
    try {
      if (pid !== undefined) process.kill(-pid, 'SIGKILL');
    } catch {
      // It has ended by itself.
    }
  }
}
