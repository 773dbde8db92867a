import { expect, it } from 'vitest';
import { modeText } from './suspension.ts';

const END = Date.parse('2026-03-01T18:00:00Z');

it.each([
  { binding: { mode: 'Enforce', suspend: false }, text: 'Enforce', reason: 'drift is repaired' },
  { binding: { mode: 'Observe', suspend: false }, text: 'Observe', reason: 'drift is only reported' },
  { binding: { mode: 'Enforce', suspend: true }, text: 'Suspended', reason: 'it has no end' },
  { binding: { mode: 'Observe', suspend: true }, text: 'Suspended', reason: 'that goes before the mode' },
  {
    binding: { mode: 'Enforce', suspend: false, suspendUntilMs: END + 1_000 },
    text: 'Suspended until 2026-03-01T18:00:01Z',
    reason: 'it ends by itself',
  },
  {
    binding: { mode: 'Observe', suspend: false, suspendUntilMs: END },
    text: 'Observe',
    reason: 'the time is over',
  },
  {
    binding: { mode: 'Enforce', suspend: true, suspendUntilMs: END + 1_000 },
    text: 'Suspended',
    reason: 'a suspension without an end outlasts the time',
  },
] as const)('the mode is "$text" because $reason', ({ binding, text }) => {
  expect(modeText(binding, END)).toBe(text);
});
