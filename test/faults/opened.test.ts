/** What drift, writes and changed rules open and close is told, whatever the engine does about it. */
import { describe, expect, it } from 'vitest';
import { JournalTable } from '../../src/store/sqlite/journal-table.ts';
import { TrafficTable } from '../../src/store/sqlite/traffic-table.ts';
import { groups, ins, SmallWorld, type SmallWorldOptions } from './small-world.ts';

const rule = (action: 'ACCEPT' | 'DROP', port: string, cidrBlock = '0.0.0.0/0') =>
  ({ action, protocol: 'TCP', port, cidrBlock }) as const;
/** `a` lets everybody log in, which `b` refuses. */
const RULES = { a: [rule('ACCEPT', '22'), rule('ACCEPT', '443')], b: [rule('DROP', '22')] };
const SWEEP_MS = 67_000;

async function world(options: SmallWorldOptions = {}) {
  const made = new SmallWorld({ rules: RULES, ...options });
  made.declare('web', [ins(0), ins(1), ins(2)], 'b a');
  await made.clock.advance(10_000);
  return made;
}

const sentences = (text: string | undefined): string[] =>
  text === undefined ? [] : (JSON.parse(text) as { sentences: string[] }).sentences;
const journal = ({ database, clock }: SmallWorld) =>
  new JournalTable(database, { clock, actor: 'reader' }).query({}).reverse();
const beside = ({ database }: SmallWorld) =>
  new TrafficTable(database)
    .query({})
    .map(
      ({ cause, instanceIds, body }) => `${cause} in ${instanceIds.length}: ${sentences(body).join('; ')}`,
    );
const logged = ({ log }: SmallWorld, words: string) => log.filter((line) => line.includes(words));

describe('what a declared change closes', () => {
  it('stands with each write in the journal', async () => {
    const made = await world();
    expect(made.list(0)).toBe('b a');
    expect(journal(made).map(({ cause, traffic }) => [cause, ...sentences(traffic)])).toEqual(
      Array.from({ length: 3 }, () => ['declared', 'closes tcp/22 from 0.0.0.0/0']),
    );
    expect(logged(made, 'the write of 3 instances')).toHaveLength(1);
    expect([beside(made), made.opened]).toEqual([[], 0]);
  });
});

describe('drift that opens something', () => {
  it('is repaired, and told with what it had opened and since when at the earliest', async () => {
    const made = await world();
    const driftedMs = made.clock.wall();
    for (const n of [0, 1]) made.simulator.state.setList(ins(n), groups('a b'));
    await made.clock.advance(2 * SWEEP_MS);
    expect([made.list(0), made.list(1)]).toEqual(['b a', 'b a']);
    expect([beside(made), made.opened]).toEqual([['drift in 2: opened tcp/22 from 0.0.0.0/0'], 2]);
    const repairs = journal(made).filter(({ cause }) => cause === 'drift');
    expect(repairs.map(({ traffic }) => sentences(traffic))).toEqual([
      ['closes tcp/22 from 0.0.0.0/0'],
      ['closes tcp/22 from 0.0.0.0/0'],
    ]);
    for (const { traffic } of repairs) {
      const sinceMs = Date.parse((JSON.parse(traffic ?? '') as { since: string }).since);
      // The last read of the declared list came before somebody changed it, by a sweep at most.
      expect(sinceMs).toBeLessThanOrEqual(driftedMs);
      expect(sinceMs).toBeGreaterThan(driftedMs - SWEEP_MS);
    }
    expect(logged(made, 'drift in 2 instances')).toEqual([
      expect.stringContaining('opened tcp/22 from 0.0.0.0/0, since '),
    ]);
  });

  it('is told once where it is not repaired', async () => {
    const made = await world();
    made.declare('web', [ins(0), ins(1), ins(2)], 'b a', { mode: 'Observe' });
    await made.clock.advance(SWEEP_MS);
    made.simulator.state.setList(ins(0), groups('a b'));
    await made.clock.advance(5 * SWEEP_MS);
    expect([made.list(0), beside(made)]).toEqual(['a b', ['drift in 1: opened tcp/22 from 0.0.0.0/0']]);
  });

  it('that changes no traffic is repaired and not told', async () => {
    const made = await world();
    made.simulator.state.setList(ins(0), groups('b a c'));
    await made.clock.advance(2 * SWEEP_MS);
    expect([made.list(0), beside(made), made.opened]).toEqual(['b a', [], 0]);
  });

  it('is repaired as fast, and told as far as it can be, when nobody may read the rules', async () => {
    const made = new SmallWorld({ rules: RULES });
    made.simulator.faults.add({
      kind: 'error',
      code: 'UnauthorizedOperation',
      action: 'DescribeSecurityGroupPolicys',
    });
    made.declare('web', [ins(0)], 'b a');
    await made.clock.advance(10_000);
    made.simulator.state.setList(ins(0), groups('a b'));
    await made.clock.advance(2 * SWEEP_MS);
    expect([made.list(0), made.opened]).toEqual(['b a', 0]);
    expect(beside(made)).toEqual(['drift in 1: what sg-aaaaaaaa, sg-bbbbbbbb allows could not be read']);
  });
});

describe('rules that somebody changes', () => {
  it('are told once to the bindings whose instances have the group, and nothing is written for it', async () => {
    const made = await world();
    const before = journal(made).length;
    made.setRules('b', [rule('DROP', '22', '10.0.0.0/8')]);
    await made.clock.advance(3 * SWEEP_MS);
    expect(beside(made)).toEqual(['rules in 3: opened tcp/22 from 0.0.0.0/0 except 10.0.0.0/8']);
    expect(logged(made, 'changed rules of sg-bbbbbbbb in 3 instances')).toHaveLength(1);
    expect(journal(made)).toHaveLength(before);
  });

  it('that change no traffic are not told', async () => {
    const made = await world();
    made.setRules('a', [rule('ACCEPT', '443'), rule('ACCEPT', '22')]);
    await made.clock.advance(3 * SWEEP_MS);
    expect(beside(made)).toEqual([]);
  });
});
