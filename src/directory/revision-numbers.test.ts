import { describe, expect, it } from 'vitest';
import type { Approval } from '../api/approval.ts';
import type { BindingKey, InstanceId } from '../api/ids.ts';
import type { Binding } from '../core/model.ts';
import { RevisionOrder } from './revision-numbers.ts';

const DAY_MS = 24 * 3_600_000;
const KEY = 'shop/web' as BindingKey;
const ID = 'ins-00000001' as InstanceId;
const APPROVAL: Approval = { digest: `sha256:${'a'.repeat(64)}`, by: 'alice', at: '2026-03-01T18:00:00Z' };
const NONE = new Map<BindingKey, Binding>();
const declared = (acceptedIn?: number) =>
  new Map([
    [
      KEY,
      {
        key: KEY,
        scope: { account: 'default', region: 'ap-guangzhou' },
        instanceIds: [ID],
        ...(acceptedIn === undefined ? {} : { acceptedIn }),
      } as unknown as Binding,
    ],
  ]);
/** Whose a binding is stands before the `-` of its region here. */
const tenantOf = ({ scope }: Binding) => scope.region.slice(0, scope.region.indexOf('-'));
const order = (stored?: string, bindings: Iterable<Binding> = []) =>
  new RevisionOrder(tenantOf, stored, bindings);
const WEB = declared().get(KEY) as Binding;
const ofOthers = (instanceIds: readonly string[] = [ID]) =>
  new Map([
    [KEY, { ...WEB, instanceIds: instanceIds as InstanceId[], scope: { ...WEB.scope, region: 'x-1' } }],
  ]);
const acceptance = { before: NONE, after: NONE, approvals: [] as Approval[], nowMs: 0 };

describe('the order of revisions', () => {
  it('goes on over a restart, which does not count the last one again, and counts an old name anew', () => {
    const first = order();
    for (const revision of ['sha256:f', 'sha256:a', 'sha256:f']) first.accept(revision, acceptance);
    expect(first.number).toBe(3);
    const second = order(first.stored());
    expect([second.next('sha256:f'), second.next('sha256:a')]).toEqual([3, 4]);
  });

  it('keeps the first revision of an approval for as long as it stands there', () => {
    const one = order();
    const accept = (revision: string, approvals: readonly Approval[]) =>
      one.accept(revision, { ...acceptance, approvals }).map(({ acceptedIn }) => acceptedIn);
    expect(accept('a', [APPROVAL])).toEqual([1]);
    expect(accept('b', [APPROVAL, { ...APPROVAL, reason: 'another word' }])).toEqual([1, 2]);
    expect(accept('c', [])).toEqual([]);
    expect(accept('d', [APPROVAL])).toEqual([4]);
  });

  it.each([
    { stored: 'garbage', reason: 'it cannot be read' },
    { stored: undefined, reason: 'it was never written' },
    { stored: '{}', reason: 'it says nothing' },
    { stored: '{"approvals":[],"removals":[["",{"in":1}]]}', reason: 'it has another form' },
  ])('begins after everything that is declared when $reason', ({ stored }) => {
    const one = order(stored, declared(7).values());
    expect(one.next('b')).toBe(8);
  });

  it('remembers what was taken away for as long as an approval from before could count', () => {
    const one = order();
    const future = { ...APPROVAL, at: '2030-01-01T00:00:00Z' };
    one.accept('a', { ...acceptance, after: declared(1), approvals: [future] });
    one.accept('b', { ...acceptance, before: declared(1), approvals: [future] });
    one.accept('c', { ...acceptance, approvals: [future], nowMs: 30 * DAY_MS });
    expect([one.broughtIn(WEB, undefined), one.broughtIn(WEB, undefined, ID)]).toEqual([2, 2]);
    one.accept('d', { ...acceptance, nowMs: 60 * DAY_MS });
    expect(one.broughtIn(WEB, undefined, ID)).toBe(0);
  });

  it('takes a binding from before it counted for older than everything', () => {
    expect(order().broughtIn(WEB, WEB)).toBe(0);
  });

  it('counts nothing that another tenant declared and took away, under whatever name', () => {
    const one = order();
    one.accept('a', { ...acceptance, after: ofOthers() });
    one.accept('b', { ...acceptance, before: ofOthers() });
    const again = order(one.stored());
    for (const kept of [one, again]) {
      expect([kept.broughtIn(WEB, undefined, ID), kept.broughtIn(WEB, ofOthers().get(KEY))]).toEqual([0, 0]);
    }
  });

  it('stays small, whatever a tenant takes away, and counts that for all of the tenant then', () => {
    const one = order();
    for (let n = 0; n < 20; n += 1) {
      const ids = Array.from({ length: 9_000 }, (_, index) => `ins-${n}x${index}`);
      one.accept(`a${n}`, { ...acceptance, after: ofOthers(ids) });
      one.accept(`b${n}`, { ...acceptance, before: ofOthers(ids) });
    }
    expect(one.stored().length).toBeLessThan(1_000_000);
    const [attacker] = ofOthers().values();
    expect(one.broughtIn(attacker as Binding, undefined, ID)).toBeGreaterThan(30);
    expect(one.broughtIn(WEB, undefined, ID)).toBe(0);
  });
});
