/** The real program over a simulated cloud, with something of everything that the page shows. */
import { demoFleet, SAMPLES } from '../../src/cli/demo/demo-fleet.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { VirtualClock } from '../../src/runtime/virtual-clock.ts';
import type { Fleet } from '../../src/simulator/fleet.ts';
import { JournalTable } from '../../src/store/sqlite/journal-table.ts';
import { openForWriting } from '../../src/store/sqlite/state-file.ts';
import type { Program } from '../cli/program.ts';
import { until } from '../cli/until.ts';
import { Workspace } from '../cli/workspace.ts';

const DAY_MS = 86_400_000;
const REGION = 'ap-guangzhou';
/** What people and machines outside of our hands may call their things. */
export const HOSTILE = `"><script>window.broken = 1</script><img src=x onerror='window.broken = 2'>\u202egnp.exe`;
export const HOSTILE_ID = 'ins-hostile1';
/** More than a page of the table. */
export const MANY = 130;

/** Instances that stay so, in both regions; those of them that the budget refuses. */
const NOT_AS_DECLARED = 32;
const REFUSED = 20;

interface Problem {
  readonly reason: string;
  readonly instances: number;
}

const POLICY = `blastRadius: { share: 1%, count: 5, period: 10m }
windows:
  - { name: leap days, effect: allow, schedule: "0 22 29 2 *", duration: 1h, timeZone: Asia/Shanghai, tags: { app: cache } }`;

const manyId = (index: number) => `ins-many${String(index).padStart(4, '0')}`;

function fleet(): Fleet {
  const { accounts, regions } = demoFleet();
  const { securityGroups = [], instances = [], ...rest } = regions[REGION] ?? {};
  const many = Array.from({ length: MANY }, (_, index) => ({
    instanceId: manyId(index),
    instanceName: `many-${index}`,
    securityGroupIds: ['sg-many0001'],
  }));
  const hostile = { instanceId: HOSTILE_ID, instanceName: HOSTILE, securityGroupIds: ['sg-many0001'] };
  return {
    accounts: [...(accounts ?? [])],
    regions: {
      ...regions,
      [REGION]: {
        ...rest,
        securityGroups: [
          ...securityGroups,
          {
            securityGroupId: 'sg-many0001',
            name: HOSTILE,
            ingress: [{ action: 'ACCEPT', protocol: 'TCP', port: '443', cidrBlock: '0.0.0.0/0' }],
            egress: [],
          },
        ],
        instances: [...instances, ...many, { ...hostile, tags: { [HOSTILE]: HOSTILE } }],
      },
    },
  };
}

interface BindingSpec {
  readonly name: string;
  readonly region: string;
  readonly instances: readonly string[];
  readonly groups: readonly string[];
  readonly more?: string;
}

function documentOf({ name, region, instances, groups, more = '' }: BindingSpec): string {
  return `apiVersion: cvmsg.dev/v1alpha1
kind: CvmSecurityGroupBinding
metadata: {name: ${name}, namespace: shop}
spec:
  region: ${region}
  instanceIds: [${instances.join(', ')}]
  sgIds: [${groups.join(', ')}]
${more}`;
}

export class PageWorld implements AsyncDisposable {
  readonly workspace: Workspace;
  readonly program: Program;
  readonly url: string;

  private constructor(workspace: Workspace, program: Program, url: string) {
    this.workspace = workspace;
    this.program = program;
    this.url = url;
  }

  /** Resolves when everything that can be as declared is. */
  static async open(): Promise<PageWorld> {
    const workspace = await Workspace.open([], { fleet: fleet() });
    await leaveOldDrift(workspace);
    for (const { name, region, instances, groups } of SAMPLES) {
      const more = name === 'api' ? '  suspend: true\n' : '';
      workspace.write(`${name}.yaml`, documentOf({ name, region, instances, groups, more }));
    }
    const rest = { region: REGION, groups: ['sg-many0001'] };
    const many = Array.from({ length: MANY }, (_, index) => manyId(index));
    workspace.write('many.yaml', documentOf({ ...rest, name: 'many', instances: [...many, HOSTILE_ID] }));
    workspace.write('lost.yaml', documentOf({ ...rest, name: 'lost', instances: ['ins-lost0001'] }));
    const args = ['run', '--source', workspace.bindings, '--policy', workspace.policy(POLICY)];
    const program = workspace.start([...args, '--page-listen', '127.0.0.1:0', '--log-format', 'json'], {
      // Drift is found soon.
      env: { CVMSG_INTERVAL: '1s' },
    });
    await program.says('serves the page');
    const url = /"url":"(http:[^"]+)"[^\n]*"serves the page"/.exec(program.stderr)?.[1] ?? '';
    const world = new PageWorld(workspace, program, `${url}/`);
    await until('the first state', async () => {
      const { problems = [] } = (await world.json('')) as { problems?: Problem[] };
      const refused = problems.find(({ reason }) => reason === 'BlastRadius');
      return (
        problems.length === 4 &&
        // Of both regions: until the second one has decided, its instances are on their way.
        refused?.instances === REFUSED &&
        problems.reduce((sum, { instances }) => sum + instances, 0) === NOT_AS_DECLARED
      );
    });
    return world;
  }

  /** Somebody gives an instance another list. */
  change(instanceId: string, ...groups: readonly string[]): void {
    this.workspace.simulator.state.setList(instanceId, groups);
  }

  // biome-ignore lint/suspicious/noExplicitAny: each page has a form of its own, which the tests look into.
  async json(path: string): Promise<any> {
    const reply = await fetch(`${this.url}${path}${path.includes('?') ? '&' : '?'}format=json`);
    return await reply.json();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.workspace[Symbol.asyncDispose]();
  }
}

/** Repairs of the last days, as an earlier run left them. */
async function leaveOldDrift({ stateDir }: Workspace): Promise<void> {
  const days = [3, 0, 1, 0, 0, 5, 2, 0, 1, 0, 7, 1];
  const clock = new VirtualClock(systemClock.wall() - (days.length + 1) * DAY_MS);
  using file = openForWriting(stateDir, { owner: 'test', clock });
  const journal = new JournalTable(file.database, { clock, actor: 'test' });
  for (const writes of days) {
    await clock.advance(DAY_MS);
    for (let index = 0; index < writes; index++) {
      const after = ['sg-edge0001', 'sg-web00001', 'sg-admin001'];
      const [id = 0] = journal.append([
        {
          ...{
            instanceId: `ins-gweb000${index + 1}`,
            account: 'default',
            region: REGION,
            binding: 'shop/web',
          },
          ...{ origin: '{}', cause: 'drift', api: 'v3', before: after.toReversed(), after, attempt: 1 },
        },
      ]);
      journal.conclude([id], { outcome: 'accepted', requestId: 'r', code: '', message: '' });
      journal.verify(id, after);
      const note = { sentences: ['closes tcp/22 from 0.0.0.0/0'], changes: [], omitted: 0 };
      journal.addTraffic([id], JSON.stringify(note));
    }
  }
}
