/**
 * The machine's git, to read commits and nothing else: it runs no hook, no filter, no pager and no monitor that a
 * repository names, writes nothing, and fetches nothing that is missing.
 */
import { spawn } from 'node:child_process';

const SAFE = [
  '--no-pager',
  '--literal-pathspecs',
  '-c',
  'core.fsmonitor=false',
  '-c',
  'core.hooksPath=/dev/null',
  '-c',
  'protocol.allow=never',
];
const ENVIRONMENT = {
  GIT_OPTIONAL_LOCKS: '0',
  GIT_TERMINAL_PROMPT: '0',
  GIT_NO_LAZY_FETCH: '1',
  GIT_NO_REPLACE_OBJECTS: '1',
  LC_ALL: 'C',
};

export interface GitReply {
  /** Undefined when there is no git on this machine. */
  readonly code: number | undefined;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** Runs git in a folder. Never rejects: without git, or where git refuses, nothing is known. */
export function git(
  args: readonly string[],
  { cwd, input = '' }: { readonly cwd: string; readonly input?: string },
): Promise<GitReply> {
  return new Promise((resolve) => {
    const child = spawn('git', [...SAFE, ...args], { cwd, env: environment() });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
    child.once('error', () => resolve({ code: undefined, stdout: Buffer.alloc(0), stderr: '' }));
    child.once('close', (code) =>
      resolve({ code: code ?? 1, stdout: Buffer.concat(out), stderr: Buffer.concat(err).toString('utf8') }),
    );
    // It may end before it has read everything.
    child.stdin.on('error', () => {});
    child.stdin.end(input);
  });
}

/** A hook of another repository, which may have started this process, speaks of that one. */
function environment(): NodeJS.ProcessEnv {
  const { GIT_DIR: _, GIT_WORK_TREE: __, GIT_INDEX_FILE: ___, GIT_PREFIX: ____, ...others } = process.env;
  return { ...others, ...ENVIRONMENT };
}

/** The commit that a revision names, in full; undefined when it names none, or there is no repository. */
export async function commitOf(revision: string, cwd: string): Promise<string | undefined> {
  const { code, stdout } = await git(
    ['rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`],
    { cwd },
  );
  const name = stdout.toString('utf8').trim();
  return code === 0 && /^[0-9a-f]{40,64}$/.test(name) ? name : undefined;
}
