/** A plain folder under a policy that lets two instances change at once, the engine over it, and the simulated cloud. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { OPEN_POLICY, type Policy } from '../../src/core/policy.ts';
import { diskTree } from '../../src/directory/file-tree.ts';
import type { RevisionReport } from '../../src/ports/source.ts';
import type { BindingStatus } from '../../src/ports/status.ts';
import { seededRandom } from '../../src/runtime/random.ts';
import { VirtualClock } from '../../src/runtime/virtual-clock.ts';
import { createSimulator, type Simulator } from '../../src/simulator/simulator.ts';
import { groups, ins, REGION } from '../faults/small-world.ts';
import { EngineProcess } from '../simulation/engine-process.ts';

const PERIOD_MS = 60_000;
export const POLICY: Policy = {
  ...OPEN_POLICY,
  blastRadius: { share: 0, count: 2, periodMs: PERIOD_MS },
};

export interface WebOptions {
  readonly instances?: readonly number[];
  readonly name?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Further fields of the spec, as YAML. */
  readonly more?: string;
}

/** A document that wants the groups of these letters. */
export function web(letters: string, options: WebOptions = {}): string {
  const { instances = [0, 1, 2, 3], name = 'web', annotations = {}, more = '' } = options;
  return `apiVersion: cvmsg.dev/v1alpha1
kind: CvmSecurityGroupBinding
metadata: { name: ${name}, namespace: shop, annotations: ${JSON.stringify(annotations)} }
spec:
  region: ${REGION}
  instanceIds: [${instances.map(ins).join(', ')}]
  sgIds: [${groups(letters).join(', ')}]
${more}`;
}

/** The document of an approval. */
export function approval(digest: string, by = 'alice', more = ''): string {
  return `apiVersion: cvmsg.dev/v1alpha1
kind: CvmsgApproval
metadata: { name: x }
spec: { digest: "${digest}", approvedBy: ${by}, approvedAt: "2026-01-01T00:00:00Z"${more} }
`;
}

export class ApprovalWorld implements Disposable {
  readonly clock = new VirtualClock();
  readonly simulator: Simulator;
  readonly database = new DatabaseSync(':memory:');
  readonly log: string[] = [];
  readonly revisions: RevisionReport[] = [];
  readonly #root = realpathSync(mkdtempSync(join(tmpdir(), 'cvmsg-approvals-')));
  /** Of the next process. */
  policy: Policy;
  readonly #statuses = new Map<string, BindingStatus>();
  #engine: EngineProcess | undefined;

  constructor(policy: Policy = POLICY, tags: (n: number) => Record<string, string> = () => ({})) {
    this.policy = policy;
    this.simulator = createSimulator({
      clock: this.clock,
      random: seededRandom(1),
      latencyMs: 20,
      fleet: {
        accounts: ['default'],
        regions: {
          [REGION]: {
            securityGroups: groups('a b c d').map((securityGroupId) => ({ securityGroupId })),
            instances: Array.from({ length: 12 }, (_, n) => ({
              instanceId: ins(n),
              securityGroupIds: groups('a'),
              tags: tags(n),
            })),
          },
        },
      },
    });
  }

  /** Publishes a revision: these files are written, or taken away where they are undefined. */
  async publish(files: Readonly<Record<string, string | undefined>>): Promise<void> {
    this.write(files);
    await this.settle();
  }

  /** Lets a controller work for a while; starts one when none runs. */
  async settle(ms = 20_000): Promise<void> {
    this.#engine ??= new EngineProcess({
      clock: this.clock,
      random: seededRandom(2),
      simulator: this.simulator,
      tree: diskTree,
      root: this.#root,
      database: this.database,
      api: 'v2',
      settings: { policy: this.policy },
      log: this.#logger(),
      onRevision: (report) => this.revisions.push(report),
      onStatuses: (reported) => {
        for (const status of reported) this.#statuses.set(status.key, status);
      },
    });
    await this.clock.advance(ms);
  }

  /** Ends the process; the next one begins where this one ended. */
  async stop(): Promise<void> {
    await this.#engine?.stop();
    this.#engine = undefined;
  }

  /** Only files, while no controller runs. */
  write(files: Readonly<Record<string, string | undefined>>): void {
    for (const [name, text] of Object.entries(files)) {
      const path = join(this.#root, name);
      mkdirSync(dirname(path), { recursive: true });
      if (text === undefined) rmSync(path);
      else writeFileSync(path, text);
    }
  }

  lists(...numbers: readonly number[]): string[] {
    return numbers.map((n) =>
      this.simulator.state
        .list(ins(n))
        .map((id) => id.slice(3, 4))
        .join(' '),
    );
  }

  ready(name = 'web'): { readonly reason: string; readonly message: string } {
    const condition = this.#statuses.get(`shop/${name}`)?.conditions.find(({ type }) => type === 'Ready');
    return { reason: condition?.reason ?? '', message: condition?.message ?? '' };
  }

  /** The digest of what waits. */
  digest(name = 'web'): string {
    return /sha256:[0-9a-f]{64}/.exec(this.ready(name).message)?.[0] ?? '';
  }

  authorities(): string[] {
    const rows = this.database.prepare("SELECT DISTINCT authority FROM journal WHERE authority <> ''").all();
    return rows.map(({ authority }) => String(authority));
  }

  [Symbol.dispose](): void {
    rmSync(this.#root, { recursive: true, force: true });
  }

  #logger() {
    const write = (fields: object, message: string) =>
      void this.log.push(`${message} ${JSON.stringify(fields)}`);
    return { debug: write, info: write, warn: write, error: write };
  }
}
