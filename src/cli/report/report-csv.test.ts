import { describe, expect, it } from 'vitest';
import type { HistoryLine } from '../../core/history-line.ts';
import { reportCsv } from './perform-report.ts';

const change: HistoryLine = {
  ids: [7],
  time: '2026-03-01T10:00:00Z',
  binding: 'shop/web',
  instanceIds: ['ins-00000001', 'ins-00000002'],
  instanceCount: 2,
  cause: 'declared',
  before: ['sg-aaaaaaaa', 'sg-bbbbbbbb'],
  after: ['sg-bbbbbbbb'],
  outcome: 'accepted',
  authority: '',
  requestId: 'r-1',
  traffic: 'opens tcp/22 from 0.0.0.0/0',
  declared: 'web.yaml:3 at 1a2b3c',
};
const [, row = ''] = reportCsv([change]).split('\r\n');

describe('the changes as CSV', () => {
  it('are a line each below the names of the columns, lists in their order', () => {
    expect(reportCsv([])).toBe(
      'time,binding,instances,instance count,cause,before,after,opened and closed,outcome,declared,authority,request\r\n',
    );
    expect(row).toBe(
      '2026-03-01T10:00:00Z,shop/web,ins-00000001 ins-00000002,2,declared,sg-aaaaaaaa sg-bbbbbbbb,sg-bbbbbbbb,opens tcp/22 from 0.0.0.0/0,accepted,web.yaml:3 at 1a2b3c,,r-1',
    );
  });

  it.each([
    ['a comma', 'a, b', '"a, b"'],
    ['a quotation mark', 'say "go"', '"say ""go"""'],
    ['a line break', 'one\ntwo', '"one\ntwo"'],
    ['what a spreadsheet would run', '=HYPERLINK("x")', '"\'=HYPERLINK(""x"")"'],
    ['a formula that begins with @', '@SUM(A1)', "'@SUM(A1)"],
    ['a formula that begins with a plus', '+1', "'+1"],
    ['a formula behind a line break', '\n=1', '"\'\n=1"'],
    ['a tab', '\t=1', '\\t=1'],
    ['what steers a terminal', 'a\u001b[2J\u0007\u009b', 'a\\u001b[2J\\u0007\\u009b'],
    ['what turns the order of letters', 'a\u202eb', 'a\\u202eb'],
    ['a line break of Windows', 'one\r\ntwo', '"one\ntwo"'],
    ['a carriage return alone', 'one\rtwo', 'one\\rtwo'],
  ])('keep %s in its cell, and as text', (_, authority, cell) => {
    expect(reportCsv([{ ...change, authority }])).toContain(`web.yaml:3 at 1a2b3c,${cell},r-1\r\n`);
  });
});
