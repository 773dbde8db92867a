/** What is told of traffic, by a scope whose rules are read when they are needed. */
import { describe, expect, it } from 'vitest';
import { groups, sg } from '../../../test/firewall/notation.ts';
import type { BindingKey, InstanceId } from '../../api/ids.ts';
import type { Claim } from '../../core/claim.ts';
import { CompiledRules } from '../../core/firewall/compiled-rules.ts';
import type { RuleBook } from '../../core/firewall/rules.ts';
import { trafficChanges } from '../../core/firewall/traffic-changes.ts';
import { trafficSentences } from '../../core/firewall/traffic-text.ts';
import { type InstanceRecord, newRecord } from '../../core/instance.ts';
import type { Binding, GroupList, ObservedInstance } from '../../core/model.ts';
import type { TrafficRecorder } from '../../ports/traffic.ts';
import { VirtualClock } from '../../runtime/virtual-clock.ts';
import { ScopeTraffic } from './scope-traffic.ts';

const [WEB, BASE] = [sg('web'), sg('base')] as const;
const DECLARED: GroupList = [BASE, WEB];
const SWAPPED: GroupList = [WEB, BASE];
const BOOK: RuleBook = { groups: groups({ web: 'A tcp:22 any', base: 'D tcp:22 any' }) };
const SCOPE = { account: 'default', region: 'ap-guangzhou' };
const FOUND_MS = 90_000;

const ids = (count: number) => Array.from({ length: count }, (_, index) => `ins-${index}` as InstanceId);
const owner = (key: string) =>
  ({
    key: key as BindingKey,
    scope: SCOPE,
    origin: { kind: 'directory', file: 'web.yaml', line: 1, column: 1, revision: 'r' },
    sgIds: DECLARED,
  }) as unknown as Binding;
const claim = (key: string) => ({ owner: owner(key) }) as Claim;
const record = (id: InstanceId, sgIds: GroupList, inSyncUntilMs = 60_000) =>
  ({ ...newRecord(id), observed: { instanceId: id, sgIds }, inSyncUntilMs }) as unknown as InstanceRecord & {
    observed: ObservedInstance;
  };

/** A scope at {@link FOUND_MS}; `told` has what it said in short. */
function scope(book: RuleBook, { known = true } = {}) {
  const clock = new VirtualClock(FOUND_MS);
  const told: string[] = [];
  const changed = new Set<InstanceId>();
  const rules = new CompiledRules(book);
  const state = { known, asked: new Set<string>() };
  const said = (changes: Parameters<typeof trafficSentences>[0]) => trafficSentences(changes).join('; ');
  const recorder: TrafficRecorder = {
    drifted: ({ binding, instanceIds, sinceMs, changes }) =>
      told.push(
        `drift of ${binding} in ${instanceIds.length}: ${said(changes)} since ${sinceMs ?? 'nobody knows'}`,
      ),
    written: ({ journalIds, sinceMs, changes }) =>
      told.push(`writes ${journalIds.join()}: ${said(changes)}${sinceMs === undefined ? '' : ` ${sinceMs}`}`),
    rulesChanged: ({ binding, instanceIds, changedGroups, changes }) =>
      told.push(`rules of ${changedGroups.join()} for ${binding} in ${instanceIds.length}: ${said(changes)}`),
  };
  const traffic = new ScopeTraffic({
    scope: SCOPE,
    recorder,
    clock,
    statuses: { enqueueInstance: (id) => changed.add(id) },
    tenancy: { turnOf: () => '' },
    rules: {
      need: (sgIds) => {
        for (const id of sgIds) state.asked.add(id);
        return state.known;
      },
      effects: {
        change: (before, after) => trafficChanges(rules, [{ before, after }]),
      },
    },
  });
  return { clock, told, changed, state, traffic };
}

describe('drift', () => {
  it('is told with what it has opened, and since when at the earliest, once for all instances of a binding', async () => {
    const { clock, told, changed, traffic } = scope(BOOK);
    for (const id of ids(3)) traffic.drifted(record(id, SWAPPED, 60_000), claim('shop/web'));
    traffic.drifted(record('ins-9' as InstanceId, SWAPPED, 50_000), claim('shop/other'));
    await clock.advance(0);
    expect(told).toEqual([
      'drift of shop/web in 3: opens tcp/22 from 0.0.0.0/0 since 60000',
      'drift of shop/other in 1: opens tcp/22 from 0.0.0.0/0 since 50000',
    ]);
    expect(changed.size).toBe(4);
  });

  it('is told once for as long as it stays, and anew when it comes back or becomes another', async () => {
    const { clock, told, traffic } = scope(BOOK);
    const [id] = ids(1) as [InstanceId];
    const found = async (list: GroupList) => {
      traffic.drifted(record(id, list), claim('shop/web'));
      await clock.advance(0);
    };
    await found(SWAPPED);
    await found(SWAPPED);
    expect(told).toHaveLength(1);
    await found([WEB]);
    expect(told).toHaveLength(2);
    traffic.forget(id);
    await found([WEB]);
    expect(told).toHaveLength(3);
  });

  it('that changes no traffic is not told', async () => {
    const { clock, told, traffic } = scope({ groups: groups({ web: 'A tcp:22 any', base: 'A tcp:80 any' }) });
    traffic.drifted(record('ins-0' as InstanceId, SWAPPED), claim('shop/web'));
    await clock.advance(0);
    expect(told).toEqual([]);
  });

  it('waits for rules that are still to be read', async () => {
    const { clock, told, state, traffic } = scope(BOOK, { known: false });
    traffic.drifted(record('ins-0' as InstanceId, SWAPPED, 0), claim('shop/web'));
    await clock.advance(0);
    expect(told).toEqual([]);
    expect([...state.asked].sort()).toEqual([BASE, WEB]);
    state.known = true;
    traffic.rulesRead({ groups: new Map() }, BOOK, []);
    expect(told).toEqual(['drift of shop/web in 1: opens tcp/22 from 0.0.0.0/0 since nobody knows']);
  });
});

describe('a write', () => {
  it('is told with what it opens or closes, by the ids of the journal; of a repair also since when', async () => {
    const { clock, told, traffic } = scope(BOOK);
    const write = { record: record('ins-0' as InstanceId, SWAPPED), claim: claim('shop/web') };
    traffic.written([
      { ...write, before: SWAPPED, after: DECLARED, journalId: 7, repairs: true },
      { ...write, before: SWAPPED, after: DECLARED, journalId: 8, repairs: true },
      { ...write, before: DECLARED, after: SWAPPED, journalId: 9, repairs: false },
    ]);
    await clock.advance(0);
    expect(told).toEqual([
      'writes 7,8: closes tcp/22 from 0.0.0.0/0 60000',
      'writes 9: opens tcp/22 from 0.0.0.0/0',
    ]);
  });
});

describe('changed rules', () => {
  it('are told to the bindings whose instances have the group, where they change anything', () => {
    const { told, traffic } = scope(BOOK);
    const after: RuleBook = { groups: groups({ web: 'A tcp:22 any', base: 'D tcp:23 any' }) };
    const held = (id: string, key: string, sgIds: GroupList) => ({
      id: id as InstanceId,
      owner: owner(key),
      sgIds,
    });
    traffic.rulesRead(BOOK, after, [
      held('ins-0', 'shop/web', DECLARED),
      held('ins-1', 'shop/web', DECLARED),
      held('ins-2', 'shop/front', SWAPPED),
      held('ins-3', 'shop/none', [WEB]),
    ]);
    expect(told).toEqual(['rules of sg-base for shop/web in 2: opens tcp/22 from 0.0.0.0/0']);
  });
});
