/** A scenario's world without a cluster: `cvmsg run` over a directory of YAML files. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { Program } from '../cli/program.ts';
import type { ReportedObject, ScenarioWorld } from './play.ts';
import type { Scenario } from './scenario.ts';
import { type SharedWorld, startSharedWorld } from './shared-world.ts';

const REASON = 'seen by two of us';
const CHECK_EVERY = '1s';

class DirectoryWorld implements ScenarioWorld {
  readonly #shared: SharedWorld;
  readonly #source = mkdtempSync(join(tmpdir(), 'cvmsg-scenario-'));
  #run: Program | undefined;

  constructor(shared: SharedWorld) {
    this.#shared = shared;
  }

  get simulator() {
    return this.#shared.simulator;
  }

  async declare(documents: ReadonlyMap<string, object>): Promise<void> {
    this.#shared.write(documents);
    // One file, so that a revision is published whole without git.
    const text = [...documents.values()].map((document) => `---\n${stringify(document)}`).join('');
    writeFileSync(join(this.#source, 'bindings.yaml'), text === '' ? '---\n' : text);
    this.#run ??= this.#shared.program(['run', '--source', this.#source, '--interval', CHECK_EVERY]);
  }

  async reported(): Promise<readonly ReportedObject[]> {
    return this.#shared.reported();
  }

  async approve(digest: string): Promise<void> {
    const args = ['approve', digest, '--source', this.#source, '--by', 'alice@ops', '--reason', REASON];
    await this.#shared.program(args).ended;
  }

  async announced(name: string): Promise<readonly string[]> {
    const lines = this.#run?.stderr.split('\n').filter((line) => line.startsWith('{')) ?? [];
    const reported = lines.map((line) => JSON.parse(line) as { binding?: string; reason?: string });
    return reported.flatMap(({ binding, reason }) =>
      binding?.endsWith(`/${name}`) && reason ? [reason] : [],
    );
  }

  cvmsg(args: readonly string[]) {
    return this.#shared.cvmsg(args);
  }

  journal() {
    return this.#shared.journal();
  }

  async declareWritten(): Promise<void> {
    await this.declare(this.#shared.written());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#run?.child.kill('SIGKILL');
    await this.#run?.ended;
    rmSync(this.#source, { recursive: true, force: true });
    await this.#shared[Symbol.asyncDispose]();
  }
}

export async function directoryWorld(scenario: Scenario): Promise<ScenarioWorld> {
  return new DirectoryWorld(await startSharedWorld(scenario));
}
