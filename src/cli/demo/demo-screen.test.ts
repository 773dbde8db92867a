import { expect, it } from 'vitest';
import type { Finding } from '../../api/finding.ts';
import { NO_COLORS } from '../output/palette.ts';
import { type Frame, renderFrame } from './demo-screen.ts';

const finding = (line: number): Finding => ({
  severity: 'error',
  rule: 'schema/enum',
  message: '"Watch" is not one of Enforce, Observe',
  fix: 'write one of them',
  file: 'web.yaml',
  line,
  column: 3,
  path: 'spec.mode',
});

const frame = (findings: readonly Finding[]): Frame => ({
  verdicts: [],
  findings,
  events: [],
  url: 'http://127.0.0.1:1',
  source: '/bindings',
  stateDir: '/state',
  calls: 0,
  columns: 200,
  rows: 40,
  palette: NO_COLORS,
});

it('shows what is wrong in the files for as long as it is, and how much more there is', () => {
  expect(renderFrame(frame([])).join('\n')).not.toContain('Not in force');
  const lines = renderFrame(frame([1, 2, 3, 4, 5].map(finding)));
  const at = lines.indexOf('Not in force');
  expect(lines.slice(at, at + 5)).toEqual([
    'Not in force',
    ...[1, 2, 3].map(
      (line) => `/bindings/web.yaml:${line}:3: "Watch" is not one of Enforce, Observe; write one of them`,
    ),
    'and 2 more; see `cvmsg validate /bindings`',
  ]);
});
