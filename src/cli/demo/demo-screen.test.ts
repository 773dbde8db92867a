import { expect, it } from 'vitest';
import type { Diagnostic } from '../../api/diagnostic.ts';
import { NO_COLORS } from '../output/palette.ts';
import { type Frame, renderFrame } from './demo-live.ts';

const diagnostic = (line: number): Diagnostic => ({
  severity: 'error',
  rule: 'schema/enum',
  message: '"Watch" is not one of Enforce, Observe',
  fix: 'write one of them',
  file: 'web.yaml',
  line,
  column: 3,
  path: 'spec.mode',
});

const frame = (diagnostics: readonly Diagnostic[]): Frame => ({
  statuses: [],
  diagnostics,
  allInSync: true,
  events: [],
  url: 'http://127.0.0.1:1',
  source: '/bindings',
  stateDir: '/state',
  program: 'cvmsg',
  calls: 0,
  columns: 200,
  rows: 40,
  palette: NO_COLORS,
});

it('shows what is wrong in the files for as long as it is, and how much more there is', () => {
  expect(renderFrame(frame([])).join('\n')).not.toContain('Not in force');
  const lines = renderFrame(frame([1, 2, 3, 4, 5].map(diagnostic)));
  const at = lines.indexOf('Not in force');
  expect(lines.slice(at, at + 5)).toEqual([
    'Not in force',
    ...[1, 2, 3].map(
      (line) => `/bindings/web.yaml:${line}:3: "Watch" is not one of Enforce, Observe; write one of them`,
    ),
    'and 2 more; see `cvmsg validate /bindings`',
  ]);
});

it('keeps its hints whole on a narrow and low terminal, so that they can be copied', () => {
  const stateDir = `/tmp/${'deep/'.repeat(20)}state`;
  const lines = renderFrame({
    ...frame([]),
    stateDir,
    program: 'npm run -s cvmsg --',
    columns: 60,
    rows: 12,
  });
  expect(lines.length).toBeLessThan(12);
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(60);
  expect(lines.join('')).toContain(`npm run -s cvmsg -- get --state-dir ${stateDir}`);
});
