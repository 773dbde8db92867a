import { describe, expect, it } from 'vitest';
import type { BindingKey, InstanceId, SecurityGroupId } from '../../api/ids.ts';
import type { GuardResult } from '../../core/guard-port.ts';
import { plan } from '../../core/plan.ts';
import { summarize } from '../../core/plan-outcome.ts';
import type { PlanRow } from '../../core/plan-row.ts';
import { planMarkdown } from './plan-markdown.ts';

const [A, B] = ['sg-aaaaaaaa', 'sg-bbbbbbbb'] as SecurityGroupId[] as [SecurityGroupId, SecurityGroupId];

const guardOf = (outcome: GuardResult['outcome'], message: string) =>
  ({ guard: 'must-keep', outcome, reason: 'Refused', message }) as unknown as GuardResult;

function row(number: number, over: Partial<PlanRow> = {}): PlanRow {
  const { observed = [B], desired = [A, B] } = over;
  return {
    instanceId: `ins-${String(number).padStart(8, '0')}` as InstanceId,
    instanceName: `web-${number}`,
    binding: `shop/web-${String(number % 29).padStart(2, '0')}` as BindingKey,
    origin: { kind: 'directory', file: 'web.yaml', line: 3, column: 1, revision: 'r' },
    scope: { account: 'default', region: 'ap-guangzhou' },
    observed,
    desired,
    steps: plan(observed, desired),
    ...over,
  };
}

const rowsOf = (count: number, over: Partial<PlanRow> = {}, from = 0) =>
  Array.from({ length: count }, (_, index) => row(from + index, over));

function markdown(rows: readonly PlanRow[], maxLength?: number): string {
  const view = {
    rows,
    summary: summarize(rows, new Set(rows.map(({ binding }) => binding)).size),
    revision: 'r',
    digest: 'sha256:0',
    names: new Map(),
    selectionProblems: [],
    fitNone: [],
    permissions: [],
    traffic: { state: 'off' } as const,
  };
  return planMarkdown(view, maxLength);
}

const unreadable = ({ observed: _, ...rest }: PlanRow): PlanRow => ({ ...rest, steps: [], problem: 'gone' });

describe('the heading of a plan in Markdown', () => {
  it.each([
    { what: 'all is in sync', rows: rowsOf(1, { observed: [A, B] }), title: 'no changes' },
    {
      what: 'every change is refused',
      rows: rowsOf(2, { guard: guardOf('refused', 'no') }),
      title: '2 refused',
    },
    {
      what: 'there is some of everything',
      rows: [
        ...rowsOf(3),
        ...rowsOf(1, { guard: guardOf('refused', 'no') }),
        ...rowsOf(2, { guard: guardOf('deferred', 'later') }),
        ...rowsOf(4, { guard: guardOf('held', 'held') }),
        ...rowsOf(5, { guard: guardOf('waiting', 'soon') }),
        ...rowsOf(1).map(unreadable),
      ],
      title: 'incomplete, 3 instances to change, 1 refused, 2 deferred, 4 held, 5 waiting, 1 unreadable',
    },
    { what: 'only held bindings differ', rows: rowsOf(1, { guard: guardOf('held', 'h') }), title: '1 held' },
    { what: 'there is nothing', rows: [], title: 'no bindings' },
  ])('says "$title" when $what', ({ rows, title }) => {
    expect(markdown(rows).split('\n')[0]).toBe(`### cvmsg plan: ${title}`);
  });

  it('is followed by a line that nobody sees and that a pipeline finds its comment by', () => {
    expect(markdown(rowsOf(1)).split('\n')[1]).toBe('<!-- cvmsg plan -->');
  });
});

describe('a long plan in Markdown', () => {
  it('is summarised by kind of change, with the names of instances', () => {
    const text = markdown([...rowsOf(85), ...rowsOf(58, { desired: [] }, 100)]);
    expect(text).toContain('- 85 instances in 29 bindings: add sg-aaaaaaaa 1st\n');
    expect(text).toContain('- 58 instances in 29 bindings: remove sg-bbbbbbbb (was 1st)\n');
    expect(text).toContain('`ins-00000000 (web-0)`, `ins-00000001 (web-1)`');
    expect(text).toContain(' and 75 more\n');
  });

  it('tells a refused kind of change before the others, with its reason', () => {
    const text = markdown([...rowsOf(85), ...rowsOf(31, { guard: guardOf('refused', 'not now') }, 100)]);
    expect(text).toContain('- 31 instances in 29 bindings: add sg-aaaaaaaa 1st (refused: not now)\n');
    expect(text.indexOf('- 31 instances')).toBeLessThan(text.indexOf('- 85 instances'));
  });

  it('is not summarised where the table is as short', () => {
    expect(markdown(rowsOf(1))).not.toContain('kind of change');
  });

  it('is whole while it fits, and loses the details first, then the table, never the heading', () => {
    const rows = [...rowsOf(400), ...rowsOf(30, { guard: guardOf('held', 'suspended') }, 1000)];
    const whole = markdown(rows);
    expect(whole).not.toContain('left out');
    expect(markdown(rows, whole.length)).toBe(whole);
    for (const maxLength of [whole.length - 1, 12_000, 6_000, 3_000, 1_500, 700]) {
      const text = markdown(rows, maxLength);
      expect(text.length).toBeLessThanOrEqual(maxLength);
      expect(text).toMatch(/^### cvmsg plan: 400 instances to change, 30 held\n<!-- cvmsg plan -->\n/);
      expect(text).toMatch(/left out, to keep this below [\d,]+ characters/);
      if (text.includes('<details>')) expect(text.match(/\| held \|/g)).toHaveLength(29);
      if (text.includes('| held |')) expect(text.match(/\| change \|$/gm)).toHaveLength(29);
      if (/\| change \|$/m.test(text)) expect(text).toContain('- 400 instances in 29 bindings');
    }
    expect(markdown(rows, 10)).toMatch(/^### cvmsg plan: 400 instances to change, 30 held\n/);
  });
});
