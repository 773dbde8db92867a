import { expect, it } from 'vitest';
import { bindingKey } from '../../src/api/ids.ts';
import type { Notification } from '../../src/notify/notification.ts';
import { Notifier } from '../../src/notify/notifier.ts';
import { TargetQueue } from '../../src/notify/target-queue.ts';
import type { Clock } from '../../src/runtime/clock.ts';
import { silentLog } from '../../src/runtime/log.ts';
import { seededRandom } from '../../src/runtime/random.ts';
import { Secret } from '../../src/runtime/secret.ts';
import type { Transport } from '../../src/runtime/transport.ts';
import { groups, ins, SmallWorld } from './small-world.ts';

const all = Array.from({ length: 20 }, (_, n) => ins(n));
const openTo = (cidrBlock: string) => ({ action: 'ACCEPT', protocol: 'TCP', port: '22', cidrBlock }) as const;

/** Tells one target, by this wire. */
const notifierOver = (transport: Transport, clock: Clock) => {
  const target = {
    ...({
      name: 'dead',
      format: 'wecom',
      severity: 'info',
      kinds: undefined,
      namespaces: undefined,
    } as const),
    url: async () => new Secret('https://hooks.example.com/?key=1'),
    secret: undefined,
  };
  const queue = new TargetQueue({
    transport,
    clock,
    random: seededRandom(3),
    log: silentLog,
    target,
    count: () => {},
  });
  return new Notifier({ clock, targets: [queue], directory: undefined });
};

/** When the cloud got writes, in a world in which changes and drift come for ten minutes. */
async function writeTimes(transport?: Transport): Promise<readonly number[]> {
  const world = new SmallWorld(
    transport === undefined ? {} : { notifier: (clock) => notifierOver(transport, clock) },
  );
  world.declare('web', all, 'b a');
  await world.clock.advance(30_000);
  for (let round = 0; round < 10; round++) {
    world.simulator.state.setList(ins(round), groups('c'));
    await world.clock.advance(30_000);
    world.declare('web', all, round % 2 === 0 ? 'c d' : 'b a');
    await world.clock.advance(30_000);
  }
  const times = world.writeCalls().map(({ timeMs }) => timeMs);
  await world.stop();
  return times;
}

it('a target that is dead, hangs or fails at once delays no write by a millisecond', async () => {
  const quiet = await writeTimes();
  expect(quiet.length).toBeGreaterThan(15);
  const hangs: Transport = () => new Promise(() => {});
  const fails: Transport = () => Promise.reject(new Error('ECONNREFUSED'));
  const throws: Transport = () => {
    throw new Error('no wire at all');
  };
  for (const transport of [hangs, fails, throws]) expect(await writeTimes(transport)).toEqual(quiet);
});

it('drift of a whole engine is one message, with its repair and what it had opened', async () => {
  const sent: Notification[] = [];
  const world = new SmallWorld({
    rules: { c: [openTo('0.0.0.0/0')] },
    notifier: (clock) =>
      new Notifier({
        clock,
        targets: [{ add: (one) => void sent.push(one), finish: async () => {} }],
        directory: undefined,
      }),
  });
  world.declare('web', all, 'b a');
  await world.clock.advance(120_000);
  expect(sent).toEqual([]);
  for (let n = 0; n < 5; n++) world.simulator.state.setList(ins(n), groups('c b a'));
  await world.clock.advance(120_000);
  expect(sent).toMatchObject([
    {
      ...{ kind: 'drift', severity: 'error', title: 'drift was found and repaired' },
      bindings: [bindingKey('shop', 'web')],
      details: [expect.stringMatching(/^opened tcp\/22 /), expect.stringContaining('5 instances')],
    },
  ]);
});
