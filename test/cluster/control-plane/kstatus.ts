/** The judge that runs Flux's own code over objects; its source stands in `kstatus/`. */
import { execFile } from 'node:child_process';
import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type GoProgram, programBinary } from './go-program.ts';

const SOURCES = ['go.mod', 'go.sum', 'main.go'].map((name) =>
  readFileSync(new URL(`./kstatus/${name}`, import.meta.url), 'utf8'),
);

export const KSTATUS: GoProgram = {
  name: 'kstatus',
  module: 'kstatus',
  package: 'cvmsg.dev/control-plane/kstatus',
  // Its source is ours and changes: a program of another source is another program.
  file: `kstatus-${hash('sha256', SOURCES.join('\0')).slice(0, 12)}`,
  takes: 'about two minutes',
};

export interface Computed {
  readonly status: 'InProgress' | 'Current' | 'Failed' | 'Terminating';
  readonly message: string;
}

/** What kstatus says of each object, in order. */
export async function compute(objects: readonly object[]): Promise<Computed[]> {
  const output = await run(['compute'], objects.map((object) => JSON.stringify(object)).join('\n'));
  return output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Computed);
}

/** Waits for bindings, named `namespace/name`, as Flux does. @throws Error with Flux's words when they do not become healthy. */
export async function fluxWaits(
  kubeconfig: string,
  timeout: string,
  ...names: readonly string[]
): Promise<void> {
  await run(['wait', '-kubeconfig', kubeconfig, '-timeout', timeout, ...names]);
}

async function run(args: readonly string[], input = ''): Promise<string> {
  const program = await programBinary(KSTATUS);
  return new Promise((resolve, reject) => {
    const child = execFile(program, [...args], (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(stderr.trim()));
    });
    child.stdin?.end(input);
  });
}
