import { describe, expect, it } from 'vitest';
import type { Diagnostic } from '../../src/api/diagnostic.ts';
import { type BindingKey, bindingKey } from '../../src/api/ids.ts';
import type { InstanceStatus } from '../../src/core/instance-status.ts';
import type { Notification } from '../../src/notify/notification.ts';
import { Notifier } from '../../src/notify/notifier.ts';
import type { PendingPlan } from '../../src/ports/status.ts';
import type { BindingWrites } from '../../src/ports/writes.ts';
import { VirtualClock } from '../../src/runtime/virtual-clock.ts';
import {
  DIGEST,
  ids,
  list,
  opens,
  origin,
  type Standing,
  scope,
  statusOf,
  WEB,
  waits,
} from './binding-statuses.ts';

const HOUR_MS = 3_600_000;

function setUp() {
  const clock = new VirtualClock();
  const sent: Notification[] = [];
  const target = { add: (one: Notification) => void sent.push(one), finish: async () => {} };
  const notifier = new Notifier({
    clock,
    targets: [target],
    directory: '/git/my repo',
  });
  const publish = (standing: Standing, ...keys: BindingKey[]) =>
    notifier.publish((keys.length === 0 ? [WEB] : keys).map((key) => statusOf(key, standing)));
  /** What was sent since it was asked last. */
  const told = async (ms = 10_000) => {
    await clock.advance(ms);
    return sent.splice(0);
  };
  return { clock, notifier, publish, told };
}

describe('a cause', () => {
  it('is told once for all bindings that have it, with what to do about it', async () => {
    const { publish, told } = setUp();
    const keys = Array.from({ length: 300 }, (_, n) => bindingKey('shop', `b${n}`));
    for (const key of keys) publish(waits, key);
    const messages = await told();
    expect(messages).toHaveLength(1);
    expect(messages[0]).toMatchObject({
      kind: 'plan-waits',
      severity: 'warning',
      digest: DIGEST,
      revision: 'r1',
    });
    expect(messages[0]?.bindings).toHaveLength(300);
    expect(messages[0]?.details[0]).toContain(`\`cvmsg approve ${DIGEST} --source '/git/my repo'\``);
  });

  it('is told again when it comes back after it was over for all of them, and not while it lasts for one', async () => {
    const { publish, told } = setUp();
    const other = bindingKey('shop', 'api');
    publish(waits, WEB, other);
    expect(await told()).toHaveLength(1);
    publish({ reason: 'InSync' }, WEB);
    publish(waits, WEB);
    expect(await told()).toEqual([]);
    publish({ reason: 'InSync' }, WEB, other);
    publish(waits, WEB);
    expect(await told()).toHaveLength(1);
  });

  it('that still lasts is told again after a day', async () => {
    const { publish, told } = setUp();
    publish(waits);
    expect(await told()).toHaveLength(1);
    expect(await told(23 * HOUR_MS)).toEqual([]);
    expect(await told(HOUR_MS)).toHaveLength(1);
  });

  it('that passes within moments, or whose binding goes, is not told', async () => {
    const { publish, notifier, told } = setUp();
    publish(waits);
    publish({ reason: 'InSync' });
    publish(waits, bindingKey('shop', 'api'));
    notifier.remove([bindingKey('shop', 'api')]);
    expect(await told(48 * HOUR_MS)).toEqual([]);
  });

  it.each<[string, Standing, string, string]>([
    ['a guard refuses', { reason: 'ForbiddenGroup', state: 'Refused', message: 'no' }, 'refused', 'warning'],
    [
      'the cloud refuses for good',
      { reason: 'InvalidRequest', state: 'Failed', message: 'x: y' },
      'write-failed',
      'error',
    ],
    [
      'a permission for a write is missing',
      { reason: 'Denied', state: 'Failed', message: 'x: y' },
      'write-failed',
      'error',
    ],
    [
      'a permission for reads is missing',
      { reason: 'Denied', state: 'Retrying', message: 'x: y' },
      'credentials',
      'error',
    ],
    [
      'a scope never answered',
      { reason: 'CredentialsFailed', message: 'account: no' },
      'credentials',
      'error',
    ],
    ['somebody fights', { reason: 'Contested', state: 'Contested', message: 'x' }, 'contested', 'warning'],
    ['a document is broken', { reason: 'InvalidDocument', message: 'web.yaml:1:1' }, 'source', 'warning'],
    [
      'a namespace is kept from us',
      { reason: 'NotFollowed', state: 'Blocked', message: 'x' },
      'source',
      'error',
    ],
    [
      'the journal is full',
      { reason: 'JournalUnavailable', state: 'Retrying', message: 'x' },
      'write-failed',
      'error',
    ],
    [
      'the policy forbids what would be open',
      { reason: 'Exposure', state: 'Refused', message: 'tcp/22' },
      'exposure',
      'error',
    ],
  ])('is told of when %s', async (_, standing, kind, severity) => {
    const { publish, told } = setUp();
    publish(standing);
    expect(await told()).toMatchObject([{ kind, severity, bindings: [WEB], scope: 'default@ap-guangzhou' }]);
  });

  it('is one for a binding, however many of its instances are refused each in words of its own', async () => {
    const { publish, notifier, told } = setUp();
    const status = statusOf(WEB, { reason: 'NotAllowed', state: 'Refused', message: 'x' });
    const [instance] = status.instances;
    const many = ids(...Array.from({ length: 500 }, (_, n) => n + 1)).map((instanceId) => ({
      ...(instance as InstanceStatus),
      ...{ instanceId, message: `tenant "shop" may not name instance "${instanceId}"` },
    }));
    notifier.publish([{ ...status, instances: many, instanceCount: 500 }]);
    const [message, ...others] = await told();
    expect(others).toEqual([]);
    expect(message).toMatchObject({ kind: 'refused', reason: 'NotAllowed', bindings: [WEB] });
    expect(message?.details).toEqual([many[0]?.message, 'and 499 more instances']);
    notifier.publish([{ ...status, instances: many.slice(7), instanceCount: 493 }]);
    expect(await told()).toEqual([]);
    publish({ reason: 'InSync' });
    expect(await told(48 * HOUR_MS)).toEqual([]);
  });

  it('is told once for a plan that would open what the policy forbids, with its digest', async () => {
    const { publish, told } = setUp();
    const plan: PendingPlan = {
      ...{ digest: DIGEST, reason: 'Exposure', message: 'opens tcp/22 from 0.0.0.0/0', instanceCount: 1 },
    };
    publish({ reason: 'Exposure', state: 'Refused', message: 'opens tcp/22', pendingPlans: [plan] });
    expect(await told()).toMatchObject([
      { kind: 'exposure', severity: 'error', digest: DIGEST, details: [plan.message] },
    ]);
  });

  it('is told once for what is open already, while more instances come, and again after it was closed', async () => {
    const { publish, told } = setUp();
    const open = (instanceCount: number): Standing => ({
      ...{ reason: 'InSync', exposure: [{ rule: 'no-ssh', instanceCount }] },
    });
    publish(open(2));
    expect(await told()).toMatchObject([
      {
        kind: 'exposure',
        title: 'what rule "no-ssh" of the policy forbids is open',
        details: ['2 instances are open to it'],
      },
    ]);
    publish(open(3));
    expect(await told()).toEqual([]);
    publish({ reason: 'InSync' });
    publish(open(1));
    expect(await told()).toMatchObject([{ kind: 'exposure', details: ['1 instance is open to it'] }]);
  });

  it.each<Standing>([
    { reason: 'Progressing', state: 'Writing' },
    { reason: 'Throttled', state: 'Retrying', message: 'x' },
    { reason: 'OutsideWindow', state: 'Deferred', message: 'until noon' },
    { reason: 'ObserveOnly', state: 'Held', message: 'x', mode: 'Observe' },
  ])('is none while an instance is $state because of $reason', async (standing) => {
    const { publish, told } = setUp();
    publish(standing);
    expect(await told()).toEqual([]);
  });

  it('is one for an account, whatever the cloud says each time', async () => {
    const { publish, told } = setUp();
    for (let n = 0; n < 20; n++) {
      publish({ reason: 'CredentialsFailed', state: 'Retrying', message: `4100: request ${n} is refused` });
      await told(60_000);
    }
    publish(
      { reason: 'CredentialsFailed', state: 'Retrying', message: '4100: request 21 is refused' },
      bindingKey('shop', 'api'),
    );
    expect(await told()).toEqual([]);
  });
});

describe('a source that cannot be read', () => {
  it('is told with why, once until it can be read again', async () => {
    const { notifier, told } = setUp();
    const problem = { code: 'empty', message: '/git holds no document' };
    notifier.problem('directory /git', problem);
    notifier.problem('directory /git', undefined);
    expect(await told()).toEqual([]);
    notifier.problem('directory /git', problem);
    expect(await told()).toMatchObject([
      { kind: 'source', severity: 'error', details: [problem.message], bindings: [] },
    ]);
    notifier.problem('directory /git', undefined);
    expect(await told(48 * HOUR_MS)).toEqual([]);
  });
});

describe('documents that are not valid and have declared nothing yet', () => {
  const wrong = (file: string): Diagnostic => ({
    ...{ severity: 'error', rule: 'schema/required', message: 'x', fix: '' },
    ...{ file, line: 3, column: 1, path: '' },
  });

  it('are told with their places, once while the same is wrong', async () => {
    const { notifier, told } = setUp();
    const tell = (...files: string[]) =>
      notifier.revision('directory /git', { diagnostics: files.map((file) => wrong(file)), retained: [] });
    tell('db.yaml');
    expect(await told()).toMatchObject([
      {
        ...{ kind: 'source', severity: 'warning', reason: 'InvalidDocument', bindings: [] },
        title: '1 file of directory /git is not valid',
        details: ['db.yaml:3:1 (schema/required)'],
      },
    ]);
    tell('db.yaml');
    expect(await told()).toEqual([]);
    tell('db.yaml', 'web.yaml');
    expect(await told()).toMatchObject([{ title: '2 files of directory /git are not valid' }]);
    tell();
    expect(await told(48 * HOUR_MS)).toEqual([]);
  });

  it('are not told again where a binding keeps what it said before, which its status tells', async () => {
    const { notifier, told } = setUp();
    notifier.revision('directory /git', { diagnostics: [wrong('web.yaml')], retained: [WEB] });
    expect(await told()).toEqual([]);
  });
});

describe('drift', () => {
  const writes = (over: Partial<BindingWrites> = {}): BindingWrites => ({
    ...{ binding: WEB, origin, scope, cause: 'drift', instanceIds: ids(1, 2), changes: [] },
    lists: [{ before: list('x', 'a'), after: list('a') }],
    ...over,
  });

  it('is told with its repair and with what it had opened', async () => {
    const { notifier, told } = setUp();
    notifier.driftFound(writes({ changes: [opens] }), true);
    expect(await told()).toMatchObject([
      {
        ...{ kind: 'drift', severity: 'error', title: 'drift was found and repaired' },
        details: [
          'opened tcp/22 from 0.0.0.0/0',
          'somebody gave 2 instances (ins-1, ins-2) the list [sg-x, sg-a]',
        ],
      },
    ]);
  });

  it('that takes long to repair is told twice: as found, and that it is repaired', async () => {
    const { notifier, told } = setUp();
    notifier.driftFound(writes(), false);
    notifier.driftRepaired(writes());
    expect((await told()).map(({ severity, title }) => `${severity}: ${title}`)).toEqual([
      'warning: drift was found; it is not repaired yet',
      'info: drift is repaired',
    ]);
  });

  it('that is the same within ten minutes is not told again, and other drift is', async () => {
    const { notifier, told } = setUp();
    for (let n = 0; n < 5; n++) notifier.driftFound(writes(), true);
    notifier.driftFound(writes({ lists: [{ before: list('y'), after: list('a') }] }), true);
    expect(await told()).toHaveLength(2);
    await told(660_000);
    notifier.driftFound(writes(), true);
    expect(await told()).toHaveLength(1);
  });

  it('of a binding that only observes is told when it comes, once, with what it opened where that is known', async () => {
    const { notifier, publish, told } = setUp();
    const observes: Standing = {
      reason: 'ObserveOnly',
      state: 'Held',
      message: 'the groups differ',
      mode: 'Observe',
    };
    publish({ reason: 'InSync', mode: 'Observe' });
    publish(observes);
    expect(await told()).toMatchObject([
      { kind: 'drift', severity: 'warning', title: 'drift was found; it is not repaired: Observe' },
    ]);
    publish({ reason: 'InSync', mode: 'Observe' });
    await told(660_000);
    const found = {
      instanceIds: ids(1),
      declared: list('a'),
      observed: list('x'),
      changes: [opens],
      foundMs: 0,
    };
    notifier.drifted({ binding: WEB, origin, scope, ...found });
    publish(observes);
    expect(await told()).toMatchObject([
      {
        severity: 'error',
        details: ['opened tcp/22 from 0.0.0.0/0', 'somebody gave 1 instance (ins-1) the list [sg-x]'],
      },
    ]);
  });
});

describe('changed rules', () => {
  it('are told where they opened something', async () => {
    const { notifier, told } = setUp();
    const change = {
      binding: WEB,
      origin,
      scope,
      instanceIds: ids(1),
      list: list('a'),
      changedGroups: list('a'),
      foundMs: 0,
    };
    notifier.rulesChanged({ ...change, changes: [{ ...opens, effect: 'closes' }] });
    notifier.rulesChanged({ ...change, changes: [opens] });
    expect(await told()).toMatchObject([
      {
        kind: 'rules',
        severity: 'error',
        title: 'changed rules of sg-a have opened traffic',
        details: ['opened tcp/22 from 0.0.0.0/0', 'for 1 instance (ins-1)'],
      },
    ]);
  });
});
