/** Every page over a view that is made up, as HTML and as its JSON twin. */
import { describe, expect, it } from 'vitest';
import {
  A,
  B,
  binding,
  EXPLAINED,
  ins,
  instance,
  key,
  LINE,
  NOW_MS,
  pagesOf,
  ready,
  row,
  scope,
} from '../../../test/page/made-up-view.ts';
import { plan } from '../../core/plan.ts';
import type { PageView, ShownExplanation } from './view.ts';

describe('the overview', () => {
  it('says that nothing is declared, and that nothing has happened', async () => {
    const words = await pagesOf().words('/');
    expect(words).toContain('None: nothing is declared.');
    expect(words).toContain('None in the last 1 day.');
    expect(words).toContain('The policy has none: changes are written at any time.');
    expect(words).toContain('None yet.');
    expect(words).toContain('cvmsg get --state-dir state');
  });

  it('tells what is broken, where, what waits, and what has happened', async () => {
    const stuck = instance(2, { state: 'Failed', reason: 'Denied', message: 'you are not authorized' });
    const { words, data } = pagesOf({
      bindings: () => [
        binding('bad', { conditions: [ready('False', 'InvalidDocument', 'spec.sgIds is missing')] }),
        binding('new', { conditions: [] }),
        binding('web', { instanceCount: 2, inSyncCount: 1, conditions: [ready('False', 'Denied')] }),
      ],
      instances: () => [stuck, instance(3, { state: 'Deferred', reason: 'OutsideWindow' }), instance(1)],
      sourceNotes: () => ['web.yaml:3:1 is not valid'],
      scopes: () => [
        scope(),
        scope({
          scope: 'other@ap-shanghai',
          leader: false,
          holder: 'b',
          oldestObservationAgeSeconds: undefined,
        }),
        scope({ scope: 'third@ap-beijing', leader: false }),
        scope({ scope: 'shut@ap-beijing', problem: 'the keys are refused' }),
      ],
      windows: () =>
        [
          { name: 'nights', effect: 'allow', open: true, untilMs: NOW_MS + 60_000 },
          { name: 'holidays', effect: 'deny', open: true, untilMs: undefined },
          { name: 'days', effect: 'allow', open: false, untilMs: NOW_MS + 3_600_000 },
        ] as unknown as ReturnType<PageView['windows']>,
      pendingPlans: () =>
        [
          {
            ...{ digest: 'sha256:1', bindings: ['shop/a', 'shop/b', 'shop/c', 'shop/d'], instances: 30 },
            ...{ reason: 'BlastRadius', message: '30 would change', command: 'cvmsg approve sha256:1' },
          },
          {
            ...{ digest: 'sha256:2', bindings: ['shop/a'], instances: 0, reason: 'SelectionRefused' },
            ...{ message: 'too sudden', command: 'cvmsg approve sha256:2' },
          },
        ] as unknown as ReturnType<PageView['pendingPlans']>,
      history: () => ({ lines: [LINE], more: false }),
      drift: () => [
        { day: '2025-12-31', instances: 1 },
        { day: '2026-01-01', instances: 0 },
        { day: '2026-01-02', instances: 3 },
      ],
    });
    const text = await words('/');
    for (const said of [
      ...['The source is not read as it should be', 'web.yaml:3:1 is not valid', 'Failed: Denied'],
      ...['you are not authorized', 'this replica', 'replica b', 'no replica at present', '1,200 / 3'],
      ...['the keys are refused', '30 instances of', 'and 1 more', 'A change of members of', 'nights'],
      ...['allows, for 60s', 'freezes, for good', 'opens in 60m', '2026-01-02: 3 repairs'],
      ...['closes tcp/22 from 0.0.0.0/0', '#7 approved by ann', 'and 4 more'],
    ])
      expect(text).toContain(said);
    expect(await data('/?format=json')).toMatchObject({ source: ['web.yaml:3:1 is not valid'] });
  });
});

describe('the tables', () => {
  const many = Array.from({ length: 250 }, (_, n) => instance(n, { name: `web-${n}` }));

  it('show bindings with why they are not ready, and what filters leave of them', async () => {
    const bindings = [
      binding('bad', { conditions: [ready('False', 'Denied', 'you are not authorized')], mode: 'Enforce' }),
      binding('new', { conditions: [], origin: { kind: 'kubernetes', uid: 'u', generation: 4 } }),
      binding('web'),
    ];
    const { words, data } = pagesOf({ bindings: () => bindings });
    const text = await words('/bindings');
    for (const said of ['you are not authorized', 'an object of the cluster', 'web.yaml:3 at', 'for 60m'])
      expect(text).toContain(said);
    expect(await words('/bindings?ready=false')).toContain('cvmsg get -o wide --not-ready');
    expect(await data('/bindings?ready=False&format=json')).toMatchObject({ total: 1 });
    expect(await data('/bindings?binding=shop&format=json')).toMatchObject({ total: 3 });
    expect(await words('/bindings?binding=nothing')).toContain('Nothing matches.');
  });

  it('show instances a hundred at a time', async () => {
    const { words, data } = pagesOf({ instances: () => many });
    expect(await words('/instances')).toContain('1 to 100 of 250 Next');
    expect(await words('/instances?page=2')).toContain('101 to 200 of 250 Previous Next');
    expect(await words('/instances?page=99'), 'the last one').toContain('201 to 250 of 250 Previous');
    expect(await data('/instances?instance=web-24&format=json')).toMatchObject({ total: 11, pages: 1 });
    expect(await words('/instances?instance=web-249')).toContain('1 to 1 of 1');
  });

  it('tell of an instance that nobody has read', async () => {
    const unread = {
      instanceId: ins(9),
      state: 'Pending',
      reason: 'NotObserved',
      message: 'not read yet',
    } as const;
    const shown = { ...unread, binding: key('web'), scope: 'default@ap-guangzhou' };
    const text = await pagesOf({ instances: () => [shown] }).words('/instances');
    expect(text).toContain('not known');
    expect(text).toContain('NotObserved not read yet');
  });
});

describe('the page of an instance', () => {
  const page = (over: Partial<ShownExplanation>) =>
    pagesOf({ instance: () => ({ ...EXPLAINED, ...over }) }).words(`/instance?id=${ins(1)}`);

  it('has both lists, what lies between, what that opens, the rules and the history', async () => {
    const text = await page({});
    for (const said of [
      ...['web-1', 'Drifted Progressing', 'on its way', 'web.yaml:3, revision', '5s ago', 'within 60s'],
      ...['before the first write', 'The observed list, compared with the declared one'],
      ...['opens tcp/22 from 0.0.0.0/0', 'never matches: sg-bbbbbbbb #0 comes before'],
      ...['none: everything is refused', 'cvmsg why'],
    ])
      expect(text).toContain(said);
  });

  it('says what is not known, or not declared any more', async () => {
    const { binding: _, scope: __, origin: ___, desired: ____, status: _____, ...bare } = EXPLAINED;
    const { readMs: ______, checkEveryMs: _______, original: ________, name: _________, ...left } = bare;
    const gone = { ...left, steps: [], otherClaimants: [], traffic: { notRead: 'nobody asked' } };
    const text = await pagesOf({ instance: () => gone }).words(`/instance?id=${ins(1)}`);
    for (const said of [
      ...['Not declared any more.', 'not by this process', 'none', 'nobody else', 'Not known.'],
      ...['by nobody any more; its list stays as it is', 'not read yet', 'Not read: nobody asked.'],
    ])
      expect(text).toContain(said);
  });

  it('says that both lists are the same, and that a list is empty', async () => {
    const status = {
      instanceId: ins(1),
      state: 'InSync',
      reason: 'InSync',
      message: '',
      sgIds: [A, B],
    } as const;
    const rules = { rules: [], difference: [], repair: [] };
    expect(await page({ steps: [], status, traffic: rules })).toContain('Nothing: both are the same list.');
    const empty = { ...status, state: 'Drifted', sgIds: [] } as const;
    expect(await page({ status: empty, steps: plan([], [A, B]) })).toContain(
      'no group: everything is refused',
    );
  });

  it('is refused for what is no instance, and for one of which nothing is known', async () => {
    const { ask } = pagesOf();
    expect(await ask('/instance?id=web')).toMatchObject({
      status: 400,
      text: expect.stringContaining('ins-4q118hl2'),
    });
    const unknown = await ask(`/instance?id=${ins(1)}&format=json`);
    expect(unknown).toMatchObject({ status: 404, text: expect.stringContaining('nothing is known of') });
  });
});

describe('plan and history', () => {
  it('say that there is nothing to change', async () => {
    expect(await pagesOf().words('/plan')).toContain('nothing to change');
  });

  it('tell what would change, and what stands between', async () => {
    const guard = {
      guard: 'change-window',
      outcome: 'deferred',
      reason: 'OutsideWindow',
      message: 'at night',
    } as const;
    const { observed: _, ...unread } = row(7);
    const { words, data } = pagesOf({
      plan: () => [
        ...[1, 2, 3, 4, 5].map((n) => row(n, { instanceName: `web-${n}` })),
        row(6, { guard }),
        { ...unread, steps: [], problem: 'the cloud knows no such instance' },
      ],
    });
    const text = await words('/plan');
    for (const said of [
      'web-1',
      'and 2 more',
      'at night',
      'the cloud knows no such instance',
      'cvmsg plan bindings',
    ])
      expect(text).toContain(said);
    expect(await data('/plan?result=deferred&format=json')).toMatchObject({ total: 1, pending: [] });
  });

  it('show a history by what it is asked for, and how each write ended', async () => {
    const asked: unknown[] = [];
    const { words, ask } = pagesOf({
      history: (query) => {
        asked.push(query);
        const lines = [
          { ...LINE, outcome: 'unknown 500', traffic: '' },
          { ...LINE, ids: [], outcome: 'rejected', authority: '', instanceIds: [ins(4)], instanceCount: 1 },
          { ...LINE, ids: [], outcome: '', cause: 'rules-changed', before: undefined },
        ];
        return { lines, more: true, note: 'earlier ones are pruned' };
      },
    });
    const text = await words(`/history?instance=${ins(1)}&binding=web&since=2h&page=2`);
    for (const said of [
      'unknown 500',
      'rejected',
      'rules-changed',
      'page 2',
      'Next',
      'earlier ones are pruned',
    ])
      expect(text).toContain(said);
    expect(text).toContain(`--instance ${ins(1)} --binding web --since 2h`);
    expect(asked).toEqual([
      { instanceId: ins(1), binding: 'default/web', sinceMs: NOW_MS - 7_200_000, page: 2 },
    ]);
    expect(await ask('/history?since=soon')).toMatchObject({
      status: 400,
      text: expect.stringContaining('--since'),
    });
  });

  it('says in which namespace a bare name was looked for', async () => {
    const text = await pagesOf().words('/history?binding=web');
    expect(text).toContain('No change matches binding default/web; write NAMESPACE/NAME for another.');
  });
});
