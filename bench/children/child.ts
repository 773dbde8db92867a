/** A process of its own that is asked by name and answers; both ends stand here. */
import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import { compiledChildren } from './compile.ts';

interface Question {
  readonly id: number;
  readonly name: string;
  readonly argument: unknown;
}

type Answer =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly problem: string };

export type Answers = Readonly<Record<string, (argument: never) => unknown>>;

/** In the child: answers until the parent goes. */
export function answer(answers: Answers): void {
  process.on('message', async ({ id, name, argument }: Question) => {
    try {
      const value = await answers[name]?.(argument as never);
      process.send?.({ id, value } satisfies Answer);
    } catch (error) {
      process.send?.({ id, problem: error instanceof Error ? (error.stack ?? '') : String(error) });
    }
  });
  process.on('disconnect', () => process.exit());
}

/** In the child: what the parent gave it. */
export function givenOptions<T>(): T {
  return JSON.parse(process.argv[2] ?? '{}') as T;
}

/** In the parent: the process. */
export class Child implements AsyncDisposable {
  readonly #process: ChildProcess;
  readonly #open = new Map<
    number,
    { readonly resolve: (value: never) => void; readonly reject: (error: Error) => void }
  >();
  #questions = 0;

  /** @param script the name of a file beside this one. */
  constructor(script: string, options: object) {
    const path = join(compiledChildren(), `${script}.js`);
    const extra = (process.env.BENCH_NODE_OPTIONS ?? '').split(' ').filter(Boolean);
    const profiled = script.startsWith('engine') ? extra : [];
    this.#process = fork(path, [JSON.stringify(options)], { execArgv: ['--expose-gc', ...profiled] });
    this.#process.on('message', (message: Answer) => {
      const waiting = this.#open.get(message.id);
      this.#open.delete(message.id);
      if ('problem' in message) waiting?.reject(new Error(message.problem));
      else waiting?.resolve(message.value as never);
    });
    this.#process.on('exit', (code) => {
      for (const { reject } of this.#open.values()) reject(new Error(`${script} ended with ${code}`));
    });
  }

  ask<T>(name: string, argument: unknown = null): Promise<T> {
    const id = ++this.#questions;
    return new Promise<T>((resolve, reject) => {
      this.#open.set(id, { resolve, reject });
      this.#process.send({ id, name, argument } satisfies Question);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode !== null) return;
    const ended = new Promise((resolve) => this.#process.once('exit', resolve));
    this.#process.disconnect();
    await ended;
  }
}
