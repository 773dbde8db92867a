import { describe, expect, it } from 'vitest';
import { nearestName } from './nearest-name.ts';

const FIELDS = ['region', 'instanceIds', 'sgIds', 'mode', 'suspend', 'credentialsRef'];

describe('the nearest name', () => {
  it.each([
    ['sgids', 'sgIds', 'case'],
    ['sg_ids', 'sgIds', 'underscores'],
    ['instanceids', 'instanceIds', 'case'],
    ['instanceId', 'instanceIds', 'singular'],
    ['regoin', 'region', 'two letters swapped'],
    ['supsend', 'suspend', 'two letters swapped'],
    ['suspended', 'suspend', 'another form of the word'],
    ['color', undefined, 'like no other'],
    ['x', undefined, 'too short to tell'],
    ['a'.repeat(1000), undefined, 'too long to be a name'],
  ])('of %s is %s (%s)', (name, nearest, reason) => {
    expect(nearestName(name, FIELDS), reason).toBe(nearest);
  });
});
