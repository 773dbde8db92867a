/** What every world of a scenario has: the simulated cloud, the policy, the state and the documents in folders of their own. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseAllDocuments, stringify } from 'yaml';
import { bindingObject } from '../../src/cli/get/binding-object.ts';
import { storedBindings } from '../../src/manager/stored-state.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { systemRandom } from '../../src/runtime/random.ts';
import { type RunningServer, startServer } from '../../src/simulator/server.ts';
import { createSimulator, type Simulator } from '../../src/simulator/simulator.ts';
import { type JournalRow, JournalTable } from '../../src/store/sqlite/journal-table.ts';
import { StateError } from '../../src/store/sqlite/state-error.ts';
import { openForReading } from '../../src/store/sqlite/state-file.ts';
import { Program } from '../cli/program.ts';
import { fleetRules } from '../firewall/notation.ts';
import { letRulesBeRead, policyText, type ReportedObject } from './play.ts';
import { groupId, groupIds, instanceId, type Scenario } from './scenario.ts';

const LETTERS = ['a', 'b', 'c', 'd', 'e', 'f'];

export class SharedWorld implements AsyncDisposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'cvmsg-scenario-'));
  readonly stateDir = join(this.folder, 'state');
  readonly policy: string;
  readonly traffic: string;
  readonly simulator: Simulator;
  readonly server: RunningServer;
  readonly #documents = join(this.folder, 'documents');
  readonly #out = join(this.folder, 'out');
  readonly #programs: Program[] = [];

  constructor(scenario: Scenario, simulator: Simulator, server: RunningServer) {
    this.simulator = simulator;
    this.server = server;
    this.traffic = scenario.traffic ?? 'auto';
    this.policy = join(this.folder, 'policy.yaml');
    writeFileSync(this.policy, policyText(scenario.policy ?? {}));
    mkdirSync(this.#documents);
  }

  get env(): Record<string, string> {
    const [key] = this.simulator.credentials;
    return {
      TENCENTCLOUD_SECRET_ID: key?.secretId ?? '',
      TENCENTCLOUD_SECRET_KEY: key?.secretKey ?? '',
      CVMSG_ENDPOINT: this.server.url,
      CVMSG_STATE_DIR: this.stateDir,
      CVMSG_POLICY: this.policy,
      CVMSG_TRAFFIC: this.traffic,
    };
  }

  program(args: readonly string[]): Program {
    const program = new Program(args, { env: this.env });
    this.#programs.push(program);
    return program;
  }

  /** Keeps the documents for commands that read a directory. */
  write(documents: ReadonlyMap<string, object>): void {
    rmSync(this.#documents, { recursive: true });
    mkdirSync(this.#documents);
    for (const [name, document] of documents) {
      writeFileSync(join(this.#documents, `${name}.yaml`), stringify(document));
    }
  }

  async cvmsg(args: readonly string[]): Promise<{ readonly code: number | null; readonly output: string }> {
    const words = args.map((word) =>
      word
        .replace('{documents}', this.#documents)
        .replace('{out}', this.#out)
        .replace('{policy}', this.policy),
    );
    const { code, stdout, stderr } = await this.program(words).ended;
    return { code, output: stdout + stderr };
  }

  journal(): JournalRow[] {
    using file = openForReading(this.stateDir);
    return new JournalTable(file.database, { clock: systemClock, actor: 'test' }).query({ limit: 0 });
  }

  /** What `cvmsg get -o json` would tell, without starting it so often. */
  reported(): ReportedObject[] {
    try {
      using file = openForReading(this.stateDir);
      return storedBindings(file, () => true).map((stored) => bindingObject(stored) as ReportedObject);
    } catch (error) {
      if (error instanceof StateError && error.code === 'absent') return [];
      throw error;
    }
  }

  /** The documents that a command wrote to `{out}`, by name. */
  written(): Map<string, object> {
    const files = readdirSync(this.#out, { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.yaml'),
    );
    return new Map(
      files
        .flatMap((name) => parseAllDocuments(readFileSync(join(this.#out, name), 'utf8')))
        .map((document) => document.toJS() as { metadata: { name: string } })
        .map((document) => [document.metadata.name, document]),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { child } of this.#programs) if (child.exitCode === null) child.kill('SIGKILL');
    await this.server.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Starts the cloud of a scenario. */
export async function startSharedWorld(scenario: Scenario): Promise<SharedWorld> {
  const { names = {}, rules = {}, rulesReadable = true, instances } = scenario.cloud;
  const simulator = createSimulator({
    clock: systemClock,
    random: systemRandom,
    latencyMs: 2,
    fleet: {
      accounts: ['default'],
      regions: {
        'ap-shanghai': {
          securityGroups: LETTERS.map((letter) => ({ securityGroupId: groupId(letter) })),
          instances: [],
        },
        'ap-guangzhou': {
          securityGroups: LETTERS.map((letter) => ({
            securityGroupId: groupId(letter),
            ingress: fleetRules(rules[letter] ?? ''),
            ...(names[letter] === undefined ? {} : { name: names[letter] }),
          })),
          instances: instances.map(({ groups, name, tags }, number) => ({
            instanceId: instanceId(number),
            securityGroupIds: groupIds(groups),
            ...(name === undefined ? {} : { instanceName: name }),
            ...(tags === undefined ? {} : { tags }),
          })),
        },
      },
    },
  });
  letRulesBeRead(simulator, rulesReadable);
  const server = await startServer(simulator, { listen: { host: '127.0.0.1', port: 0 } });
  return new SharedWorld(scenario, simulator, server);
}
