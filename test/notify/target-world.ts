/** A target, its vendor and its queue on one virtual clock. */

import type { BindingKey } from '../../src/api/ids.ts';
import { FORMATS, type FormatName } from '../../src/notify/formats/all-formats.ts';
import type { Notification } from '../../src/notify/notification.ts';
import type { TargetSettings } from '../../src/notify/target.ts';
import { type NotificationResult, TargetQueue } from '../../src/notify/target-queue.ts';
import type { Log } from '../../src/runtime/log.ts';
import { seededRandom } from '../../src/runtime/random.ts';
import { Secret } from '../../src/runtime/secret.ts';
import type { Transport } from '../../src/runtime/transport.ts';
import { VirtualClock } from '../../src/runtime/virtual-clock.ts';
import { FakeVendor, SIGNING_SECRET } from './vendors.ts';

export const FORMAT_NAMES = Object.keys(FORMATS) as FormatName[];
const ORIGIN = 'https://hooks.example.com';

export function notificationOf(over: Partial<Notification> = {}): Notification {
  return {
    kind: 'drift',
    severity: 'warning',
    reason: 'DriftFound',
    title: 'drift was found and repaired',
    details: ['opened tcp/22 from 0.0.0.0/0', 'somebody gave 1 instance (ins-1) the list [sg-a]'],
    atMs: Date.UTC(2026, 0, 1),
    bindings: ['shop/web' as BindingKey],
    scope: 'default@ap-guangzhou',
    revision: '0123456789abcdef0123456789abcdef01234567',
    ...over,
  };
}

export function targetWorld(format: FormatName, over: Partial<TargetSettings> = {}) {
  const clock = new VirtualClock();
  const vendor = new FakeVendor(format, clock);
  const log: string[] = [];
  const write = (fields: object, message: string) => void log.push(`${message} ${JSON.stringify(fields)}`);
  const logger: Log = { debug: write, info: write, warn: write, error: write };
  const counts: Partial<Record<NotificationResult, number>> = {};
  const target: TargetSettings = {
    name: 'ops',
    format,
    url: async () => new Secret(vendor.url(ORIGIN)),
    secret: vendor.isSigned ? async () => new Secret(SIGNING_SECRET) : undefined,
    severity: 'info',
    kinds: undefined,
    namespaces: undefined,
    ...over,
  };
  const wire: { transport: Transport } = {
    transport: async (request) => {
      await clock.sleep(50);
      return vendor.handle(request);
    },
  };
  const sender = { transport: ((...args) => wire.transport(...args)) as Transport, clock };
  const queue = new TargetQueue({
    ...sender,
    random: seededRandom(1),
    log: logger,
    target,
    count: (result, notifications) => {
      counts[result] = (counts[result] ?? 0) + notifications;
    },
  });
  return { clock, vendor, log, counts, target, wire, sender, queue };
}
