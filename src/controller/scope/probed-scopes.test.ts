import { describe, expect, it } from 'vitest';
import type { BindingKey } from '../../api/ids.ts';
import type { CloudError } from '../../core/cloud-error.ts';
import { Tenancy } from '../../core/tenancy.ts';
import type { Declarer } from '../../core/tenant-rights.ts';
import { silentLog } from '../../runtime/log.ts';
import { seededRandom } from '../../runtime/random.ts';
import { VirtualClock } from '../../runtime/virtual-clock.ts';
import { ProbedScopes, type ProbedScopesOptions, type ScopeAnswers } from './probed-scopes.ts';
import { wantedScope } from './scope-demand.ts';

const failure = (kind: CloudError['kind'], code = '4100'): CloudError => ({
  kind,
  api: 'v2',
  action: 'DescribeInstances',
  code,
  message: 'no',
  requestId: '',
  sent: true,
});
const GOOD = 'default@ap-guangzhou';
const key = (name: string) => `shop/${name}` as BindingKey;

const TENANCY = new Tenancy({
  tenants: [
    { name: 'shop', paths: ['teams/shop/'] },
    { name: 'evil', paths: ['teams/evil/'] },
  ],
});
const OPEN = new Tenancy({ tenants: [] });

/** A document of a directory. */
interface DocumentOf {
  readonly tenancy: Tenancy;
  readonly file: string;
  readonly namespace: string;
}

const declarerOf = ({ file, namespace }: DocumentOf): Declarer => ({
  namespace,
  origin: { kind: 'directory', file, line: 1, column: 1, revision: 'r' },
});

interface Probe {
  readonly scope: string;
  readonly atMs: number;
}

/** Scopes that are served before a leadership that gives every Lease that is asked for at once. */
async function setUp({ proven, ...over }: Partial<ProbedScopesOptions & ScopeAnswers> = {}) {
  const clock = new VirtualClock();
  const stop = new AbortController();
  const joined = new Set<string>();
  const probes: Probe[] = [];
  const reported: string[] = [];
  const gained: string[] = [];
  const answers = { leads: true, hangs: new Set<string>() };
  const served = new ProbedScopes({
    leadership: {
      isShared: true,
      mayAct: (scope) => answers.leads && joined.has(scope),
      join: (scope) => void joined.add(scope),
      joined: () => joined,
      leave: (scope) => void joined.delete(scope),
    },
    clock,
    random: seededRandom(1),
    log: silentLog,
    allowed: {},
    mostScopes: 3,
    answers: {
      proven: proven ?? (async () => new Set()),
      probe: async ({ account, region }) => {
        probes.push({ scope: `${account}@${region}`, atMs: clock.now() });
        if (region === 'hangs') await clock.sleep(5_000);
        await clock.sleep(20);
        if (account === 'default' || account.endsWith('/good'))
          return region === 'nowhere' ? failure('region', '4000') : undefined;
        return failure('credential');
      },
    },
    onChange: (scopes) => void reported.push(...scopes),
    ...over,
  });
  served.listen({ gained: (scope) => void gained.push(scope), drain: async () => {} });
  void served.run(stop.signal);
  const want = (name: string, scope: string, namespace = 'shop') =>
    served.follow(key(`${namespace}/${name}`), {
      scope,
      turn: namespace,
      counted: `namespace "${namespace}"`,
    });
  const wantInFile = (name: string, scope: string, document: DocumentOf) =>
    served.follow(key(name), wantedScope(document.tenancy, declarerOf(document), scope));
  await clock.advance(0);
  return { clock, served, joined, probes, reported, gained, answers, want, wantInFile };
}

describe('a scope', () => {
  it('gets a Lease only after its credentials and region have answered once', async () => {
    const { served, want, clock, joined, gained } = await setUp();
    want('web', GOOD);
    served.join(GOOD);
    expect([...joined]).toEqual([]);
    expect([served.mayAct(GOOD), served.isServed(GOOD), served.mayTell(GOOD)]).toEqual([false, false, false]);
    await clock.advance(100);
    expect([...joined]).toEqual([GOOD]);
    expect([served.mayAct(GOOD), served.isServed(GOOD), served.mayTell(GOOD)]).toEqual([true, true, true]);
    expect(gained).toEqual([GOOD]);
  });

  it('that some replica has a Lease of is served without a call', async () => {
    const { served, want, clock, probes } = await setUp({ proven: async (scopes) => new Set(scopes) });
    want('web', 'shop/none@ap-guangzhou');
    await clock.advance(100);
    expect(served.isServed('shop/none@ap-guangzhou')).toBe(true);
    expect(probes).toEqual([]);
  });

  it('that another replica has had an answer from is served within seconds', async () => {
    const known = new Set<string>();
    const { served, want, clock } = await setUp({ proven: async () => known });
    want('web', 'shop/none@ap-guangzhou');
    await clock.advance(1_000);
    expect(served.isServed('shop/none@ap-guangzhou')).toBe(false);
    known.add('shop/none@ap-guangzhou');
    await clock.advance(11_000);
    expect(served.isServed('shop/none@ap-guangzhou')).toBe(true);
  });

  it.each([
    {
      scope: 'shop/none@ap-guangzhou',
      reason: 'CredentialsFailed',
      isFinal: false,
      says: 'account "shop/none" in region "ap-guangzhou" has not answered yet: 4100: no',
    },
    {
      scope: 'default@nowhere',
      reason: 'InvalidRequest',
      isFinal: true,
      says: 'the cloud does not offer region "nowhere"',
    },
  ])(
    'that does not answer says why, without a Lease of its own: $reason',
    async ({ scope, reason, isFinal, says }) => {
      const { served, want, clock, joined, reported } = await setUp();
      want('web', scope);
      await clock.advance(1_000);
      expect(served.obstacle(scope)).toMatchObject({
        reason,
        isFinal,
        message: expect.stringContaining(says),
      });
      expect(reported).toContain(scope);
      expect([served.mayAct(scope), served.mayTell(scope)]).toEqual([false, true]);
      // One for all that are not served.
      want('db', 'shop/other@ap-guangzhou');
      await clock.advance(1_000);
      expect(served.mayTell('shop/other@ap-guangzhou')).toBe(true);
      expect(joined.size).toBe(1);
      expect([...joined]).not.toContain(scope);
    },
  );

  it('is asked again, more and more rarely, and sooner when its binding changes', async () => {
    const { want, clock, probes } = await setUp();
    want('web', 'shop/none@ap-guangzhou');
    await clock.advance(600_000);
    expect(probes.length).toBeGreaterThan(8);
    expect(probes.length).toBeLessThan(16);
    const before = probes.length;
    await clock.advance(10_000);
    want('web', 'shop/none@ap-guangzhou');
    await clock.advance(16_000);
    expect(probes.length).toBeGreaterThan(before);
  });

  it('outside the policy is never asked, and says so', async () => {
    const { served, want, clock, probes } = await setUp({
      allowed: { regions: ['ap-guangzhou'], accounts: ['default', 'shop/*'] },
      proven: async (scopes) => new Set(scopes),
    });
    want('a', 'default@ap-beijing');
    want('b', 'evil/key@ap-guangzhou');
    want('c', GOOD);
    await clock.advance(1_000);
    expect(served.obstacle('default@ap-beijing')).toEqual({
      reason: 'NotAllowed',
      isFinal: true,
      message:
        'the policy does not allow region "ap-beijing"; write one of ap-guangzhou, or add it to `regions` of the policy',
    });
    expect(served.obstacle('evil/key@ap-guangzhou')).toMatchObject({
      reason: 'NotAllowed',
      message: expect.stringContaining('`accounts` of the policy'),
    });
    expect(served.isServed(GOOD)).toBe(true);
    expect(probes).toEqual([]);
  });
});

describe('a namespace', () => {
  it('has so many scopes and no more, and those beyond say what to do', async () => {
    const { served, want, clock, joined } = await setUp();
    for (let n = 0; n < 6; n++) want(`b-${n}`, `default@region-${n}`);
    await clock.advance(10_000);
    expect([...joined].filter((scope) => scope.startsWith('default'))).toEqual([
      'default@region-0',
      'default@region-1',
      'default@region-2',
    ]);
    expect(served.obstacle('default@region-4')).toEqual({
      reason: 'TooManyScopes',
      isFinal: true,
      message:
        'namespace "shop" names more than 3 accounts and regions, and this one came last; use fewer of them there, or have --max-scopes-per-namespace raised',
    });
    expect(served.mayTell('default@region-4')).toBe(true);
    served.follow(key('shop/b-1'), undefined);
    await clock.advance(11_000);
    expect(served.isServed('default@region-3')).toBe(true);
  });

  it('is served a scope that another one has room for', async () => {
    const { served, want, clock } = await setUp();
    for (let n = 0; n < 6; n++) want(`b-${n}`, `default@region-${n}`);
    want('other', 'default@region-5', 'data');
    await clock.advance(10_000);
    expect(served.isServed('default@region-5')).toBe(true);
    expect(served.obstacle('default@region-5')).toBeUndefined();
  });

  it('that invents 400 does not keep another one waiting', async () => {
    const { served, want, clock, joined, probes } = await setUp({ mostScopes: 1_000 });
    for (let n = 0; n < 400; n++) want(`b-${n}`, `evil/none-${n}@hangs`, 'evil');
    await clock.advance(500);
    want('web', GOOD);
    await clock.advance(7_000);
    expect(served.isServed(GOOD)).toBe(true);
    await clock.advance(60_000);
    // At most eight under way together, however many wait.
    expect(probes.length).toBeLessThan(120);
    expect(joined.has(GOOD)).toBe(true);
    expect([...joined].filter((scope) => scope.includes('evil'))).toEqual([]);
  });
});

describe('a directory', () => {
  const evil = (n: number, tenancy = TENANCY): DocumentOf => ({
    tenancy,
    file: 'teams/evil/f.yaml',
    namespace: `a${n}`,
  });
  const neighbour = (tenancy = TENANCY): DocumentOf => ({
    tenancy,
    file: 'teams/shop/web.yaml',
    namespace: 'z',
  });

  it.each([
    { whose: 'a tenant', tenancy: TENANCY },
    { whose: 'a folder', tenancy: OPEN },
  ])('in which $whose invents namespaces asks for a neighbour in the first round', async ({ tenancy }) => {
    const { served, wantInFile, clock, probes } = await setUp({ mostScopes: 1_000 });
    for (let n = 0; n < 400; n++) wantInFile(`b-${n}`, `evil/none-${n}@r`, evil(n, tenancy));
    wantInFile('web', GOOD, neighbour(tenancy));
    await clock.advance(500);
    expect(probes.findIndex(({ scope }) => scope === GOOD)).toBeLessThan(8);
    expect(served.isServed(GOOD)).toBe(true);
  });

  it('asks for a neighbour that comes later in the next round, and for both in turns', async () => {
    const { wantInFile, clock, probes } = await setUp({ mostScopes: 1_000 });
    for (let n = 0; n < 400; n++) wantInFile(`b-${n}`, `evil/none-${n}@r`, evil(n));
    await clock.advance(20_000);
    const before = probes.length;
    for (let n = 0; n < 400; n++) wantInFile(`web-${n}`, `shop/none-${n}@r`, neighbour());
    await clock.advance(3_000);
    const after = probes.slice(before).map(({ scope }) => scope.split('/')[0]);
    expect(after.length).toBeGreaterThan(16);
    for (const whose of ['shop', 'evil'])
      expect(after.filter((one) => one === whose).length).toBeGreaterThanOrEqual(after.length / 2 - 1);
  });

  it('asks for a scope of a neighbour in its turn, although another one names it too', async () => {
    const { served, wantInFile, clock } = await setUp({ mostScopes: 1_000 });
    for (let n = 0; n < 400; n++) wantInFile(`b-${n}`, `evil/none-${n}@r`, evil(n));
    wantInFile('same', GOOD, evil(400));
    wantInFile('web', GOOD, neighbour());
    await clock.advance(500);
    expect(served.isServed(GOOD)).toBe(true);
  });

  it('has so many scopes of a tenant and no more, whatever namespaces it writes', async () => {
    const { served, wantInFile, clock, joined } = await setUp();
    for (let n = 0; n < 6; n++) wantInFile(`b-${n}`, `default@region-${n}`, evil(n));
    wantInFile('web', 'default@region-9', neighbour());
    await clock.advance(10_000);
    expect([...joined].filter((scope) => scope.startsWith('default')).sort()).toEqual([
      'default@region-0',
      'default@region-1',
      'default@region-2',
      'default@region-9',
    ]);
    expect(served.obstacle('default@region-4')).toMatchObject({
      reason: 'TooManyScopes',
      message: expect.stringMatching(/^tenant "evil" names more than 3 accounts and regions/),
    });
  });

  it('without tenants has any number of scopes', async () => {
    const { served, wantInFile, clock } = await setUp();
    for (let n = 0; n < 6; n++)
      wantInFile(`b-${n}`, `default@region-${n}`, { ...evil(0, OPEN), namespace: 'a' });
    await clock.advance(10_000);
    expect(served.isServed('default@region-5')).toBe(true);
  });

  it('asks for all scopes of a folder, also those behind many that never answer', async () => {
    const { served, wantInFile, clock } = await setUp();
    for (let n = 0; n < 1_000; n++) wantInFile(`b-${n}`, `evil/none-${n}@r`, evil(n, OPEN));
    wantInFile('last', GOOD, evil(0, OPEN));
    await clock.advance(180_000);
    expect(served.isServed(GOOD)).toBe(true);
  });
});

describe('who speaks for scopes that are not served', () => {
  it('needs one Lease, and gives it back when nothing is to be said', async () => {
    const { served, want, clock, joined } = await setUp();
    want('web', 'shop/none@ap-guangzhou');
    await clock.advance(1_000);
    expect(served.mayTell('shop/none@ap-guangzhou')).toBe(true);
    expect(joined.size).toBe(1);
    served.leave('shop/none@ap-guangzhou');
    expect(joined.size).toBe(0);
  });

  it('is the replica that holds it', async () => {
    const { served, want, clock, answers } = await setUp();
    answers.leads = false;
    want('web', 'shop/none@ap-guangzhou');
    await clock.advance(1_000);
    expect(served.mayTell('shop/none@ap-guangzhou')).toBe(false);
  });
});

it('a scope whose lists are to be put back is served although no binding names it', async () => {
  const { served, clock } = await setUp();
  served.join(GOOD);
  await clock.advance(1_000);
  expect(served.mayAct(GOOD)).toBe(true);
});
