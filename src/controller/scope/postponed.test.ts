import { expect, it } from 'vitest';
import type { InstanceId } from '../../api/ids.ts';
import { type Scope, scopeKey } from '../../core/model.ts';
import type { DeclareOptions } from './declarations.ts';
import type { ScopeController } from './scope-controller.ts';
import { Postponed } from './scopes.ts';

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
      declare: (ids: readonly InstanceId[], { firstSeen, wasInSync = new Set() }: DeclareOptions) => {
        const synced = ids.filter((one) => wasInSync.has(one));
        const known = synced.length === 0 ? '' : `, in sync before: ${synced}`;
        reported.push(`${firstSeen ? 'first seen' : 'declared'} ${ids}${known}`);
      },
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

it('what was in sync before stays so for every part of a declaration that came in parts', () => {
  const postponed = new Postponed();
  for (const n of [1, 3, 5]) {
    const options = { firstSeen: false, wasInSync: new Set([id(n)]) };
    postponed.declare(scope, [id(n), id(n + 1)], options);
  }
  expect(handed(postponed)).toEqual([
    'declared ins-1,ins-2,ins-3,ins-4,ins-5,ins-6, in sync before: ins-1,ins-3,ins-5',
  ]);
});

it('what is declared anew is not in sync any more', () => {
  const postponed = new Postponed();
  postponed.declare(scope, [id(1), id(2)], { firstSeen: false, wasInSync: new Set([id(1), id(2)]) });
  postponed.declare(scope, [id(1)], { firstSeen: false, wasInSync: new Set() });
  expect(handed(postponed)).toEqual(['declared ins-1,ins-2, in sync before: ins-2']);
});
