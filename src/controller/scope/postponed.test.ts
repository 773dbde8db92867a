import { expect, it } from 'vitest';
import type { InstanceId } from '../../api/ids.ts';
import { type Scope, scopeKey } from '../../core/model.ts';
import { Postponed } from './postponed.ts';
import type { ScopeController } from './scope-controller.ts';

const scope: Scope = { account: 'default', region: 'ap-guangzhou' };
const id = (n: number) => `ins-${n}` as InstanceId;

/** Hands everything to a controller that tells what it was given. */
function handed(postponed: Postponed): string[] {
  const reported: string[] = [];
  const controller = {
    listings: {
      keep: (filters: ReadonlyMap<string, unknown>) => reported.push(`keep ${[...filters.keys()]}`),
    },
    declarations: {
      declare: (ids: readonly InstanceId[], { firstSeen }: { firstSeen: boolean }) =>
        reported.push(`${firstSeen ? 'first seen' : 'declared'} ${ids}`),
    },
  };
  postponed.hand(scopeKey(scope), () => controller as unknown as ScopeController);
  return reported;
}

it('what was declared of a scope that is not served is handed over once, as it was declared last', () => {
  const postponed = new Postponed();
  postponed.declare(scope, [id(1), id(2), id(3)], { firstSeen: true });
  postponed.declare(scope, [id(2)], { firstSeen: false });
  postponed.release(scope, [id(3)]);
  postponed.keep(scope, new Map([['list a', { filter: {}, intervalMs: 1, turn: '' }]]));
  expect(handed(postponed)).toEqual(['keep list a', 'first seen ins-1', 'declared ins-2']);
  expect(handed(postponed)).toEqual([]);
});

it('nothing is handed over of what was let go meanwhile', () => {
  const postponed = new Postponed();
  postponed.declare(scope, [id(1)], { firstSeen: true });
  postponed.keep(scope, new Map([['list a', { filter: {}, intervalMs: 1, turn: '' }]]));
  postponed.release(scope, [id(1)]);
  postponed.keep(scope, new Map());
  expect(handed(postponed)).toEqual([]);
});
