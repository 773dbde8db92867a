import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { vendorCodes } from '../../test/wire/vendor-codes.ts';
import { createInstance, stateObstacle } from './instance.ts';
import { INSTANCE_STATES, RESTRICT_STATES } from './instance-fields.ts';

/** Of products beside cvm, vpc and sts. */
const OF_TAG = ['LimitExceeded.ResourceNumPerRequest', 'InvalidParameterValue.OffsetInvalid'];

const ROOM = import.meta.dirname;

it('the simulated cloud refuses with documented codes only', () => {
  const documented = new Set([...vendorCodes().keys(), ...OF_TAG]);
  const sources = readdirSync(ROOM, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .map((name) => readFileSync(join(ROOM, name), 'utf8'));
  const named = sources.flatMap((source) =>
    [
      ...source.matchAll(
        /(?:\bv3: |invalidParameter\(\s*|\bunknown: |\bcode: |\btooMany\w+: )'([A-Z][\w.]+)'/g,
      ),
    ].map(([, code = '']) => code),
  );
  expect(named.length).toBeGreaterThan(40);
  expect(named.filter((code) => !documented.has(code))).toEqual([]);
});

it('a state that forbids a change has a documented code', () => {
  const documented = vendorCodes();
  const entry = { instanceId: 'ins-aaaaaaaa', securityGroupIds: [] };
  for (const fields of [
    ...INSTANCE_STATES.map((state) => ({ state })),
    ...RESTRICT_STATES.map((restrictState) => ({ restrictState })),
    { state: 'STOPPED', stopChargingMode: 'STOP_CHARGING' },
    { latestOperationState: 'OPERATING' },
  ]) {
    const obstacle = stateObstacle(createInstance('ap-guangzhou', { ...entry, ...fields }));
    if (obstacle !== null) expect(documented.has(obstacle.code), obstacle.code).toBe(true);
  }
});
