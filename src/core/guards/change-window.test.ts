import { describe, expect, it } from 'vitest';
import { type Given, input } from '../../../test/faults/guard-input.ts';
import type { WindowState } from '../policy.ts';
import { changeWindow } from './change-window.ts';

const NOW_MS = Date.UTC(2026, 0, 5, 12);
const HOUR_MS = 3_600_000;

const window = (name: string, state: Partial<WindowState>): WindowState => ({
  name,
  effect: 'allow',
  schedule: '0 22 * * *',
  durationMs: HOUR_MS,
  timeZone: 'Asia/Shanghai',
  where: {},
  open: false,
  untilMs: NOW_MS + HOUR_MS,
  ...state,
});

interface Row extends Given {
  readonly reason: string;
  readonly windows: readonly WindowState[];
  /** Part of what is said; absent: the change may go ahead. */
  readonly said?: string;
}

const emergency = (untilMs: number) => ({ emergency: { untilMs, reason: 'incident' } });

const ROWS: readonly Row[] = [
  { reason: 'no window holds nothing', windows: [] },
  { reason: 'a closed deny window holds nothing', windows: [window('freeze', { effect: 'deny' })] },
  {
    reason: 'an open deny window holds until it closes',
    windows: [window('freeze', { effect: 'deny', open: true })],
    said: '"freeze" (0 22 * * *, Asia/Shanghai) denies changes until 2026-01-05T13:00:00Z',
  },
  {
    reason: 'of two open deny windows the later end counts',
    windows: [
      window('long', { effect: 'deny', open: true, untilMs: NOW_MS + 2 * HOUR_MS }),
      window('short', { effect: 'deny', open: true }),
    ],
    said: '"long" (0 22 * * *, Asia/Shanghai) denies changes until 2026-01-05T14:00:00Z',
  },
  {
    reason: 'of two deny windows that end together the first of the policy is named',
    windows: [
      window('freeze', { effect: 'deny', open: true }),
      window('audit', { effect: 'deny', open: true }),
    ],
    said: '"freeze"',
  },
  {
    reason: 'a deny window without an end denies for ever',
    windows: [
      window('short', { effect: 'deny', open: true }),
      { ...window('freeze', { effect: 'deny', open: true }), untilMs: undefined } as unknown as WindowState,
    ],
    said: '"freeze" (0 22 * * *, Asia/Shanghai) denies changes for ever',
  },
  { reason: 'an open allow window lets through', windows: [window('night', { open: true })] },
  {
    reason: 'a closed allow window holds until it opens',
    windows: [window('night', {})],
    said: 'in change window "night" (0 22 * * *, Asia/Shanghai) only: not before 2026-01-05T13:00:00Z',
  },
  {
    reason: 'the earliest of several allow windows is named',
    windows: [window('late', { untilMs: NOW_MS + 2 * HOUR_MS }), window('night', {})],
    said: '"night"',
  },
  {
    reason: 'of two allow windows that open together the first of the policy is named',
    windows: [window('night', {}), window('late', {})],
    said: '"night"',
  },
  {
    reason: 'an allow window that never opens again',
    windows: [{ ...window('once', {}), untilMs: undefined } as unknown as WindowState],
    said: 'which never opens again',
  },
  {
    reason: 'one open allow window is enough',
    windows: [window('night', {}), window('noon', { open: true })],
  },
  {
    reason: 'a deny window closes an open allow window',
    windows: [window('noon', { open: true }), window('freeze', { effect: 'deny', open: true })],
    said: '"freeze"',
  },
  {
    reason: 'windows of others hold nothing',
    windows: [
      window('elsewhere', { where: { regions: ['ap-beijing'] } }),
      window('others', { effect: 'deny', open: true, where: { namespaces: ['data'] } }),
    ],
  },
  {
    reason: 'an open window of others does not let through',
    windows: [window('night', {}), window('elsewhere', { open: true, where: { regions: ['ap-beijing'] } })],
    said: '"night"',
  },
  {
    reason: 'tags that were not read hold back',
    windows: [window('freeze', { effect: 'deny', open: true, where: { tags: { env: 'prod' } } })],
    said: '"freeze"',
  },
  {
    reason: 'tags that were not read do not let through',
    windows: [window('noon', { open: true, where: { tags: { env: 'prod' } } })],
    said: 'those of the instance were not read',
  },
  {
    reason: 'an emergency passes',
    windows: [window('freeze', { effect: 'deny', open: true }), window('night', {})],
    binding: emergency(NOW_MS + 1),
  },
  {
    reason: 'an emergency that is over does not pass',
    windows: [window('night', {})],
    binding: emergency(NOW_MS),
    said: '"night"',
  },
];

describe('change-window', () => {
  it.each(ROWS)('$reason', ({ reason, windows, said, ...given }) => {
    const result = changeWindow(input({ ...given, rules: { windows }, wallMs: NOW_MS }));
    if (said === undefined) return expect(result, reason).toBeUndefined();
    expect(result, reason).toMatchObject({
      guard: 'change-window',
      outcome: 'deferred',
      reason: 'OutsideWindow',
    });
    expect(result?.message, reason).toContain(said);
  });
});
