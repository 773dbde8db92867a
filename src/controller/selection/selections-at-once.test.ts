import { expect, it, vi } from 'vitest';
import { bindingKey, type InstanceId } from '../../api/ids.ts';
import { allAtOnce } from '../../api/steps.ts';
import type { Binding, Scope } from '../../core/model.ts';
import { OPEN_POLICY } from '../../core/policy.ts';
import { Tenancy } from '../../core/tenancy.ts';
import { silentLog } from '../../runtime/log.ts';
import { Selections, type SelectionsOptions } from './selections.ts';

const SCOPE: Scope = { account: 'default', region: 'ap-guangzhou' };

function selecting(n: number, app = `app-${n}`): Binding {
  return {
    key: bindingKey('shop', `web-${n}`),
    namespace: 'shop',
    name: `web-${n}`,
    scope: SCOPE,
    selector: { tags: { app }, excluded: [] },
    instanceIds: [],
    sgIds: ['sg-aaaaaaaa'],
    origin: { kind: 'directory', file: 'web.yaml', line: 1, column: 1, revision: 'r1' },
  } as unknown as Binding;
}

function makeSelections() {
  const owners = vi.fn(
    () =>
      new Map([
        ['ins-00000002' as InstanceId, bindingKey('shop', 'web-1')],
        ['ins-00000001' as InstanceId, bindingKey('shop', 'web-1')],
      ]),
  );
  const keep = vi.fn<SelectionsOptions['scopes']['keepListed']>();
  const refresh = vi.fn<SelectionsOptions['scopes']['refreshListing']>();
  const selections = new Selections({
    policy: OPEN_POLICY,
    tenancy: new Tenancy(OPEN_POLICY),
    sweepIntervalMs: 60_000,
    approvals: {} as SelectionsOptions['approvals'],
    log: silentLog,
    sources: [],
    inventory: { owners } as unknown as SelectionsOptions['inventory'],
    scopes: { keepListed: keep, refreshListing: refresh },
  });
  return { selections, owners, keep, refresh };
}

it('looks through all owners and all selectors once for a whole revision', () => {
  const { selections, owners, keep } = makeSelections();
  const bindings = Array.from({ length: 1_000 }, (_, n) => selecting(n));
  const resolved = allAtOnce(selections.resolve(bindings.map((one) => [one.key, one])));
  expect(owners).toHaveBeenCalledTimes(1);
  expect(keep).toHaveBeenCalledTimes(1);
  expect(keep.mock.lastCall?.[1].size).toBe(1_000);
  expect(resolved[1]?.[1]?.instanceIds).toEqual(['ins-00000001', 'ins-00000002']);
});

it('keeps nothing listed for those that are gone, and tells nothing where nothing changed', () => {
  const { selections, keep } = makeSelections();
  const bindings = [selecting(0), selecting(1)];
  allAtOnce(selections.resolve(bindings.map((one) => [one.key, one])));
  allAtOnce(selections.resolve(bindings.map((one) => [one.key, one])));
  expect(keep).toHaveBeenCalledTimes(1);
  allAtOnce(selections.resolve([[selecting(0).key, undefined]]));
  expect([...(keep.mock.lastCall?.[1].keys() ?? [])]).toHaveLength(1);
});

it('hands a listing to those alone whose selector it serves now', () => {
  const { selections, keep } = makeSelections();
  allAtOnce(selections.resolve([0, 1, 2].map((n) => [selecting(n).key, selecting(n, 'shared')])));
  const [shared] = [...(keep.mock.lastCall?.[1].keys() ?? [])];
  if (shared === undefined) throw new Error('nothing is listed');
  allAtOnce(
    selections.resolve([
      [selecting(1).key, selecting(1, 'other')],
      [selecting(2).key, undefined],
    ]),
  );
  const rows = [{ instanceId: 'ins-00000009', tags: { app: 'shared' } } as never];
  const changed = allAtOnce(selections.listed(SCOPE, shared, rows));
  expect(changed.map(({ key }) => key)).toEqual([selecting(0).key]);
});

it('lets other work go on while a listing is looked at for many, and asks for one that they share once', () => {
  const { selections, keep, refresh } = makeSelections();
  const bindings = Array.from({ length: 1_000 }, (_, n) => selecting(n, 'shared'));
  allAtOnce(selections.resolve(bindings.map((one) => [one.key, one])));
  expect(refresh).toHaveBeenCalledTimes(1);
  const [shared] = [...(keep.mock.lastCall?.[1].keys() ?? [])];
  if (shared === undefined) throw new Error('nothing is listed');
  const rows = Array.from({ length: 100 }, (_, n) => ({ instanceId: `ins-1${n}`, tags: { app: 'shared' } }));
  const steps = selections.listed(SCOPE, shared, rows as never);
  let turns = 0;
  while (!steps.next().done) turns++;
  expect(turns).toBeGreaterThanOrEqual(5);
});
