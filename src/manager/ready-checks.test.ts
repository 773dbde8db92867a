import { describe, expect, it } from 'vitest';
import { sourceCheck, type WatchedSource, watchCheck } from './process-view.ts';

const NOW_MS = 1_000_000_000;

/** A source over watches that told something last so long ago. */
function watched(
  agesMs: readonly number[],
  { synced = true, follows = true, cut = [] as readonly string[] } = {},
): WatchedSource {
  return {
    name: 'kubernetes',
    synced,
    // The first ones are kept from us.
    reflectors: agesMs.map((ageMs, index) => ({
      stats: { lastEventMs: ageMs < 0 ? 0 : NOW_MS - ageMs },
      forbidden: index < cut.length ? new Error('forbidden') : undefined,
    })),
    unfollowed: () => cut.map((namespace) => [namespace, 'forbidden']),
    isFollowing: () => follows,
  };
}

describe('the readiness of objects of a cluster', () => {
  it.each([
    {
      reason: 'they are followed',
      source: watched([40_000]),
      detail: 'was read whole and is followed; the API server told something last 40s ago',
    },
    {
      reason: 'of several namespaces the one that was heard of longest ago counts',
      source: watched([1_000, 90_000]),
      detail: 'was read whole and is followed; the API server told something last 90s ago',
    },
    {
      reason: 'an outage keeps readiness, and says of when the copy is',
      source: watched([720_000], { follows: false }),
      detail:
        'was read whole, before an outage: the watch is lost, and the copy is of what the API server told last, 12m ago',
    },
    {
      reason: 'nothing was read yet',
      source: watched([-1], { synced: false }),
      detail: 'was not read yet; the API server has told nothing',
    },
    {
      reason: 'some of several namespaces were not read yet',
      source: watched([3_000, -1], { synced: false }),
      detail: 'was not read yet; the API server has told nothing of some namespaces',
    },
    {
      reason: 'one that was never read, because it is forbidden, makes the others no older',
      source: watched([-1, 2_000], { cut: ['shop'] }),
      detail:
        'was read whole and is followed; the API server told something last 2s ago; not followed, because it may not be read: "shop"',
    },
    {
      reason: 'the only one was read before it was forbidden',
      source: watched([60_000], { follows: false, cut: ['shop'] }),
      detail:
        'was read whole, before an outage: the watch is lost, and the copy is of what the API server told last, 60s ago; not followed, because it may not be read: "shop"',
    },
  ])('tells how old the copy is: $reason', ({ source, detail }) => {
    expect(watchCheck(source, NOW_MS)).toEqual({ name: 'source kubernetes', fine: source.synced, detail });
  });
});

describe('the readiness of a directory', () => {
  const problem = { code: 'missing', message: '"/git/current" is missing' };
  it.each([
    { state: { synced: true }, detail: 'was read whole' },
    {
      state: { synced: true, problem },
      detail: 'was read whole, before it could not be read any more: "/git/current" is missing',
    },
    { state: { synced: false }, detail: 'was not read yet' },
    { state: { synced: false, problem }, detail: 'was not read yet: "/git/current" is missing' },
  ])('tells why there is no newer truth: $detail', ({ state, detail }) => {
    expect(sourceCheck({ name: '/git/current', problem: undefined, ...state })).toEqual({
      name: 'source /git/current',
      fine: state.synced,
      detail,
    });
  });
});
