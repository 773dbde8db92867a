/** A simulated cloud on a free port, a folder of bindings and a state directory, for one test. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { systemClock } from '../../src/runtime/clock.ts';
import { systemRandom } from '../../src/runtime/random.ts';
import type { Fleet } from '../../src/simulator/fleet.ts';
import { type RunningServer, startServer } from '../../src/simulator/server.ts';
import { createSimulator, type Simulator, type SimulatorOptions } from '../../src/simulator/simulator.ts';
import { type JournalRow, JournalTable } from '../../src/store/sqlite/journal-table.ts';
import { openForReading, STATE_FILE_NAME } from '../../src/store/sqlite/state-file.ts';
import { type Ended, Program, type ProgramOptions } from './program.ts';

export const REGION = 'ap-guangzhou';
export const GROUPS = [
  'sg-aaaaaaaa',
  'sg-bbbbbbbb',
  'sg-cccccccc',
  'sg-dddddddd',
  'sg-eeeeeeee',
  'sg-ffffffff',
];
export const [A, B, C, D] = GROUPS as [string, string, string, string];

/** The id of the `index`th instance of {@link fleetOf}. */
export function instanceId(index: number): string {
  return `ins-${String(index).padStart(8, '0')}`;
}

/** Instances that have these lists. */
export function fleetOf(lists: readonly (readonly string[])[]): Fleet {
  return {
    accounts: ['default'],
    regions: {
      [REGION]: {
        securityGroups: GROUPS.map((securityGroupId) => ({ securityGroupId })),
        instances: lists.map((securityGroupIds, index) => ({
          instanceId: instanceId(index),
          securityGroupIds,
        })),
      },
    },
  };
}

export interface BindingText {
  readonly name?: string;
  readonly instances: readonly string[];
  readonly groups: readonly string[];
  readonly more?: string;
}

/** A document that declares a binding in the namespace `shop`. */
export function bindingText({ name = 'web', instances, groups, more = '' }: BindingText): string {
  return `apiVersion: cvmsg.dev/v1alpha1
kind: CvmSecurityGroupBinding
metadata: {name: ${name}, namespace: shop}
spec:
  region: ${REGION}
  instanceIds: [${instances.join(', ')}]
  sgIds: [${groups.join(', ')}]
${more}`;
}

export class Workspace implements AsyncDisposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'cvmsg-cli-'));
  readonly bindings = join(this.folder, 'bindings');
  readonly stateDir = join(this.folder, 'state');
  readonly simulator: Simulator;
  readonly server: RunningServer;
  readonly #programs: Program[] = [];

  private constructor(simulator: Simulator, server: RunningServer) {
    this.simulator = simulator;
    this.server = server;
    mkdirSync(this.bindings);
  }

  static async open(
    lists: readonly (readonly string[])[],
    options: Partial<SimulatorOptions> = {},
  ): Promise<Workspace> {
    const ports = { clock: systemClock, random: systemRandom };
    const simulator = createSimulator({ ...ports, fleet: fleetOf(lists), ...options });
    const server = await startServer(simulator, { listen: { host: '127.0.0.1', port: 0 } });
    return new Workspace(simulator, server);
  }

  get env(): Record<string, string> {
    const [key] = this.simulator.credentials;
    return {
      TENCENTCLOUD_SECRET_ID: key?.secretId ?? '',
      TENCENTCLOUD_SECRET_KEY: key?.secretKey ?? '',
      CVMSG_ENDPOINT: this.server.url,
      CVMSG_STATE_DIR: this.stateDir,
    };
  }

  write(name: string, text: string): string {
    const path = join(this.bindings, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    return path;
  }

  /** Writes a policy beside the bindings and returns its path. */
  policy(rules: string): string {
    const path = join(this.folder, 'policy.yaml');
    writeFileSync(path, `apiVersion: cvmsg.dev/v1alpha1\nkind: CvmsgPolicy\n${rules}\n`);
    return path;
  }

  /** Leaves the binding in the state as a directory that is followed beside a cluster does. */
  putBesideCluster(key: string): void {
    using database = new DatabaseSync(join(this.stateDir, STATE_FILE_NAME));
    for (const table of ['journal', 'traffic_changes', 'statuses'])
      database.exec(`UPDATE ${table} SET binding = 'git:${key}' WHERE binding = '${key}'`);
    database.exec(`UPDATE statuses SET body = replace(body, '"${key}"', '"git:${key}"')`);
  }

  start(args: readonly string[], options: ProgramOptions = {}): Program {
    const program = new Program(args, { ...options, env: { ...this.env, ...options.env } });
    this.#programs.push(program);
    return program;
  }

  run(args: readonly string[], options: ProgramOptions = {}): Promise<Ended> {
    return this.start(args, options).ended;
  }

  list(index: number): readonly string[] {
    return this.simulator.state.list(instanceId(index));
  }

  /** Oldest first. */
  journal(): JournalRow[] {
    using file = openForReading(this.stateDir);
    return new JournalTable(file.database, { clock: systemClock, actor: 'test' })
      .query({ limit: 0 })
      .reverse();
  }

  /** Every text that the programs wrote or left behind and that holds the secret key. */
  secretLeaks(): string[] {
    const secrets = this.simulator.credentials.map(({ secretKey }) => secretKey);
    const said = this.#programs.map(({ stdout, stderr }) => stdout + stderr);
    const kept = filesBelow(this.stateDir).map((path) => readFileSync(path, 'latin1'));
    return [...said, ...kept].filter((text) => secrets.some((secret) => text.includes(secret)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { child } of this.#programs) if (child.exitCode === null) child.kill('SIGKILL');
    await this.server.close();
    const leaks = this.secretLeaks();
    rmSync(this.folder, { recursive: true, force: true });
    if (leaks.length > 0) throw new Error(`the secret key stands in:\n${leaks.join('\n')}`);
  }
}

function filesBelow(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .map((name) => join(folder, name))
      .filter((path) => statSync(path).isFile());
  } catch {
    return [];
  }
}
