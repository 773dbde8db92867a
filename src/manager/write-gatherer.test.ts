import { describe, expect, it } from 'vitest';
import { type BindingKey, bindingKey, type InstanceId, type SecurityGroupId } from '../api/ids.ts';
import type { Permit } from '../api/permit.ts';
import type { TrafficChange } from '../core/firewall/traffic-changes.ts';
import type { GroupList } from '../core/model.ts';
import type { Journal, WriteCause } from '../ports/journal.ts';
import type { BindingWrites } from '../ports/writes.ts';
import { silentLog } from '../runtime/log.ts';
import { VirtualClock } from '../runtime/virtual-clock.ts';
import { LocalState } from '../store/local-state.ts';
import { openInMemory } from '../store/sqlite/state-file.ts';
import { observedJournal } from './create-controller.ts';
import { WriteGatherer } from './write-gatherer.ts';

const scope = { account: 'default', region: 'ap-guangzhou' };
const origin = { kind: 'kubernetes', uid: 'u1', generation: 1 } as const;
const ins = (n: number) => `ins-${n}` as InstanceId;
const list = (...names: string[]) => names.map((name) => `sg-${name}` as SecurityGroupId);
const opens: TrafficChange = {
  direction: 'ingress',
  family: 'ipv4',
  effect: 'opens',
  dependsOn: [],
  instances: 1,
  services: ['tcp/22'],
  addresses: ['0.0.0.0/0'],
};

interface Write {
  readonly ids: readonly number[];
  readonly cause?: WriteCause;
  readonly before?: GroupList;
  readonly binding?: BindingKey;
  readonly attempt?: number;
  readonly permit?: Permit;
}

function setUp() {
  const clock = new VirtualClock(0);
  const heard: string[] = [];
  const tell = (what: string) => (writes: BindingWrites, isRepaired?: boolean) => {
    const { binding, cause, instanceIds, lists, changes } = writes;
    const pairs = lists.map(({ before, after }) => `${before.join()}>${after.join()}`).join(' ');
    const how = isRepaired === undefined ? '' : isRepaired ? ' repaired' : ' open';
    heard.push(
      `${what}${how} ${binding} ${cause} ${instanceIds.join()} ${pairs} ${changes.map(({ effect }) => effect)}`.trim(),
    );
  };
  const recorder = {
    written: tell('written'),
    driftFound: tell('drift'),
    driftRepaired: tell('repaired'),
  };
  const gatherer = new WriteGatherer({ clock, log: silentLog, recorders: [recorder] });
  const journal: Journal = observedJournal(new LocalState(openInMemory(), { clock, actor: 'me' }), {
    recorders: [],
    listeners: [gatherer],
    log: silentLog,
  });
  const intend = (write: Write) => {
    const {
      cause = 'declared',
      before = list('a'),
      binding = bindingKey('shop', 'web'),
      attempt = 1,
    } = write;
    const permit = write.permit === undefined ? {} : { permit: write.permit };
    return journal.intend(
      write.ids.map((n) => ({
        ...{
          instanceId: ins(n),
          scope,
          binding,
          origin,
          cause,
          api: 'v3',
          before,
          after: list('b'),
          attempt,
        },
        ...permit,
      })),
    );
  };
  const conclude = (ids: readonly number[], outcome: 'accepted' | 'rejected' = 'accepted') =>
    journal.conclude(ids, { outcome, requestId: 'r', code: '', message: '' });
  const verified = (ids: readonly number[], observed = list('b')) => {
    for (const id of ids) journal.verified(id, observed);
  };
  return { clock, heard, gatherer, intend, conclude, verified };
}

describe('what was written', () => {
  it('is told once of a binding, however many calls it took', async () => {
    const { clock, heard, intend, conclude } = setUp();
    for (let call = 0; call < 3; call++) {
      const ids = intend({ ids: [2 * call, 2 * call + 1] });
      await clock.advance(500);
      conclude(ids);
    }
    const other = intend({ ids: [9], binding: bindingKey('shop', 'api') });
    conclude(other);
    await clock.advance(10_000);
    expect(heard.sort()).toEqual([
      'written shop/api declared ins-9 sg-a>sg-b',
      'written shop/web declared ins-0,ins-1,ins-2,ins-3,ins-4,ins-5 sg-a>sg-b',
    ]);
  });

  it('does not wait for ever for more', async () => {
    const { clock, heard, intend, conclude } = setUp();
    for (let call = 0; call < 35; call++) {
      conclude(intend({ ids: [call] }));
      await clock.advance(1_000);
    }
    expect(heard).toHaveLength(1);
  });

  it('says what it opens, and nothing of what the cloud has refused', async () => {
    const { clock, heard, gatherer, intend, conclude } = setUp();
    const ids = intend({ ids: [1] });
    const traffic = { instanceIds: [ins(1)], changes: [opens], before: list('a'), after: list('b') };
    for (let list = 0; list < 2; list++)
      gatherer.written({ binding: bindingKey('shop', 'web'), origin, scope, journalIds: ids, ...traffic });
    conclude(ids);
    conclude(intend({ ids: [2], binding: bindingKey('shop', 'api') }), 'rejected');
    await clock.advance(10_000);
    expect(heard).toEqual(['written shop/web declared ins-1 sg-a>sg-b opens']);
  });
});

describe('drift', () => {
  it('is told once when it was repaired, with what it had opened', async () => {
    const { clock, heard, gatherer, intend, conclude, verified } = setUp();
    const ids = intend({ ids: [1, 2], cause: 'drift' });
    const found = { instanceIds: [ins(1)], changes: [opens], declared: list('b'), observed: list('a') };
    gatherer.drifted({ binding: bindingKey('shop', 'web'), origin, scope, foundMs: 0, ...found });
    conclude(ids);
    await clock.advance(1_000);
    verified(ids);
    await clock.advance(60_000);
    expect(heard).toEqual(['drift repaired shop/web drift ins-1,ins-2 sg-a>sg-b opens']);
  });

  it('is told as not repaired when that takes long, and then once that it was', async () => {
    const { clock, heard, intend, conclude, verified } = setUp();
    conclude(intend({ ids: [1], cause: 'drift' }), 'rejected');
    await clock.advance(30_000);
    expect(heard).toEqual(['drift open shop/web drift ins-1 sg-a>sg-b']);
    const again = intend({ ids: [1], cause: 'drift', attempt: 2 });
    conclude(again);
    verified(again);
    await clock.advance(30_000);
    expect(heard.slice(1)).toEqual(['repaired shop/web drift ins-1 sg-a>sg-b']);
  });

  it('is not repaired by a list that is read back otherwise', async () => {
    const { clock, heard, intend, conclude, verified } = setUp();
    const ids = intend({ ids: [1], cause: 'drift' });
    conclude(ids);
    verified(ids, list('c'));
    await clock.advance(60_000);
    expect(heard).toEqual(['drift open shop/web drift ins-1 sg-a>sg-b']);
  });

  it('is told of when the process ends', () => {
    const { heard, gatherer, intend, conclude } = setUp();
    conclude(intend({ ids: [1], cause: 'drift' }));
    gatherer.flush();
    expect(heard).toEqual(['drift open shop/web drift ins-1 sg-a>sg-b']);
  });
});
