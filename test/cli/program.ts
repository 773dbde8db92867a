/** The real program as a child process. */
import { type ChildProcess, spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { until } from './until.ts';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

/** Spares every child the compilation of the same modules. */
const NODE_COMPILE_CACHE = join(tmpdir(), 'cvmsg-test-compile-cache');

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ProgramOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly stdin?: string;
  /** `src/main.ts` without it. */
  readonly main?: string;
  /** What is run in place of node and the program. */
  readonly command?: string;
}

/** A program that runs. */
export class Program {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  stdout = '';
  stderr = '';

  constructor(args: readonly string[], options: ProgramOptions = {}) {
    const { command = process.execPath, main = MAIN } = options;
    const words = options.command === undefined ? [main, ...args] : args;
    this.child = spawn(command, words, {
      env: { PATH: process.env.PATH, HOME: '/nonexistent', NODE_COMPILE_CACHE, ...options.env },
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.child.stdin?.end(options.stdin ?? '');
    this.child.stdout?.on('data', (chunk: Buffer) => {
      this.stdout += chunk.toString('utf8');
    });
    this.child.stderr?.on('data', (chunk: Buffer) => {
      this.stderr += chunk.toString('utf8');
    });
    this.ended = new Promise((resolve, reject) => {
      this.child.once('error', reject);
      this.child.once('close', (code, signal) => {
        resolve({ code, signal, stdout: this.stdout, stderr: this.stderr });
      });
    });
  }

  /** Waits until it has said this on one of its streams. */
  says(text: string): Promise<boolean> {
    return until(`"${text}" in:\n${this.stdout}${this.stderr}`, () => {
      if (this.child.exitCode !== null && !this.#said(text)) {
        throw new Error(`ended with ${this.child.exitCode} before "${text}":\n${this.stdout}${this.stderr}`);
      }
      return this.#said(text);
    });
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<Ended> {
    this.child.kill(signal);
    return this.ended;
  }

  #said(text: string): boolean {
    return this.stdout.includes(text) || this.stderr.includes(text);
  }
}

/** The sentences of JSON log lines. */
export function logged(stderr: string): string[] {
  return stderr.split('\n').flatMap((line) => {
    try {
      return [String((JSON.parse(line) as { msg: unknown }).msg)];
    } catch {
      return [];
    }
  });
}

/** `cvmsg simulate` over a fleet file of a folder, and the environment that it prints for the other commands. */
export async function startSimulator(
  folder: string,
  fleet: string,
): Promise<{ readonly simulator: Program; readonly env: Record<string, string> }> {
  const simulator = new Program(['simulate', '--fleet', fleet, '--listen', '127.0.0.1:0'], { cwd: folder });
  await simulator.says('export CVMSG_ENDPOINT=');
  const exported = simulator.stdout.matchAll(/^export (\w+)=(\S+)$/gm);
  return {
    simulator,
    env: Object.fromEntries([...exported].map(([, name = '', value = '']) => [name, value])),
  };
}
