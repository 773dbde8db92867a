import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { RULES_FLEET } from '../../test/wire/rules-fleet.ts';
import { G3, INSTANCE_A, SMALL_FLEET } from '../../test/wire/simulated.ts';
import { seededRandom } from '../runtime/random.ts';
import { VirtualClock } from '../runtime/virtual-clock.ts';
import { openSimulator } from './state-file.ts';

let directory: string;
let path: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'cvmsg-simulator-'));
  path = join(directory, 'state.json');
});
afterEach(() => rm(directory, { recursive: true }));

const options = () => ({ clock: new VirtualClock(), random: seededRandom(1), fleet: SMALL_FLEET });

it('keeps lists, states, faults and keys across a restart', async () => {
  const first = await openSimulator(options(), path);
  first.simulator.state.setList(INSTANCE_A, [G3]);
  first.simulator.state.patch(INSTANCE_A, { state: 'STOPPED' });
  first.simulator.faults.add({ kind: 'throttle', count: 3 });
  const issued = first.simulator.credentialBook.issue('default', 0, 1000);
  await first.close();
  const second = await openSimulator(
    { ...options(), random: seededRandom(2), fleet: { accounts: ['x'], regions: {} } },
    path,
  );
  await second.close();
  expect([first.restored, second.restored]).toEqual([false, true]);
  expect(second.simulator.state.toFleet()).toEqual(first.simulator.state.toFleet());
  expect(second.simulator.state.instance(INSTANCE_A)).toMatchObject({
    state: 'STOPPED',
    securityGroupIds: [G3],
  });
  expect(second.simulator.faults.list()).toEqual([{ kind: 'throttle', count: 3, id: 'fault-1', fired: 0 }]);
  expect(second.simulator.credentials).toEqual(first.simulator.credentials);
  expect(second.simulator.credentialBook.find(issued.secretId)).toEqual(issued);
  expect(second.simulator.faults.add({ kind: 'html' }).id).toBe('fault-2');
});

it('keeps rules and templates across a restart', async () => {
  const first = await openSimulator({ ...options(), fleet: RULES_FLEET }, path);
  await first.close();
  const second = await openSimulator(options(), path);
  await second.close();
  expect(second.simulator.state.toFleet()).toMatchObject(RULES_FLEET);
});

it('follows changes by itself, and leaves nothing but one private file', async () => {
  const given = options();
  const kept = await openSimulator(given, path);
  kept.simulator.state.setList(INSTANCE_A, [G3]);
  await given.clock.advance(600);
  await kept.save();
  const saved = JSON.parse(await readFile(path, 'utf8')) as { fleet: typeof SMALL_FLEET };
  expect(saved.fleet.regions['ap-guangzhou']?.instances[0]?.securityGroupIds).toEqual([G3]);
  expect(await readdir(directory)).toEqual(['state.json']);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  await kept.close();
  expect(given.clock.pending).toBe(false);
});

it.each([
  ['no JSON', '{', /is not JSON; move it away/],
  ['another file', '{"format": "x"}', /is not a simulator's state/],
])('refuses %s and leaves it as it is', async (_, text, message) => {
  await writeFile(path, text);
  await expect(openSimulator(options(), path)).rejects.toThrow(message);
  expect(await readFile(path, 'utf8')).toBe(text);
});

it('says where it cannot write', async () => {
  await expect(openSimulator(options(), join(directory, 'no', 'state.json'))).rejects.toThrow(
    /no\/state\.json.*cannot be written/,
  );
});
