import { expect, it } from 'vitest';
import type { Condition, ConditionReason } from '../../api/conditions.ts';
import { bindingKey } from '../../api/ids.ts';
import type { BindingStatus } from '../../ports/status.ts';
import { StatusLogger } from './status-logger.ts';

function setUp() {
  const lines: string[] = [];
  const at = (_: object, message: string) => {
    lines.push(message);
  };
  const reported = new StatusLogger({ debug: at, info: at, warn: at, error: at });
  return { lines, reported };
}

function status(name: string, reason: ConditionReason, message: string): BindingStatus {
  const ready: Condition = {
    type: 'Ready',
    status: reason === 'InSync' ? 'True' : 'False',
    reason,
    message,
    lastTransitionTime: '2026-01-01T00:00:00Z',
  };
  return {
    key: bindingKey('shop', name),
    scope: { account: 'default', region: 'ap-guangzhou' },
    origin: { kind: 'directory', file: 'web.yaml', line: 1, column: 1, revision: 'r1' },
    sgIds: [],
    conditions: [ready],
    instanceCount: 1,
    inSyncCount: 0,
    instances: [],
  };
}

it('a reason that several bindings share is said with the first and named after it', () => {
  const { lines, reported } = setUp();
  reported.publish([status('a', 'CloudError', 'refused'), status('b', 'CloudError', 'refused')]);
  reported.publish([status('c', 'CloudError', 'refused'), status('d', 'Denied', 'no permission')]);
  expect(lines).toEqual([
    'shop/a is not ready: refused',
    'shop/b is not ready, for the same reason as shop/a',
    'shop/c is not ready, for the same reason as shop/a',
    'shop/d is not ready: no permission',
  ]);
});

it('a reason is said anew when the binding that it was said with is ready again or gone', () => {
  const { lines, reported } = setUp();
  reported.publish([status('a', 'CloudError', 'refused')]);
  reported.publish([status('a', 'InSync', '')]);
  reported.publish([status('b', 'CloudError', 'refused')]);
  reported.remove([bindingKey('shop', 'b')]);
  reported.publish([status('c', 'CloudError', 'refused')]);
  expect(lines).toEqual([
    'shop/a is not ready: refused',
    'shop/a is ready again',
    'shop/b is not ready: refused',
    'shop/c is not ready: refused',
  ]);
});
