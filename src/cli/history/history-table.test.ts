import { describe, expect, it } from 'vitest';
import { historyEntries } from '../../manager/history/history-line.ts';
import type { JournalRow } from '../../store/sqlite/journal-table.ts';
import { type HistoryView, historyTable as tableOf } from './history-table.ts';

const DIGEST = `sha256:${'1a'.repeat(32)}`;
const row = (id: number, over: Partial<JournalRow> = {}): JournalRow => ({
  id,
  intendedMs: Date.parse('2026-03-01T18:00:00Z'),
  actor: 'me',
  instanceId: `ins-${String(id).padStart(8, '0')}`,
  account: 'default',
  region: 'ap-guangzhou',
  binding: 'shop/web',
  origin: '{}',
  cause: 'drift',
  api: 'v3',
  before: ['sg-bbbbbbbb', 'sg-aaaaaaaa'],
  after: ['sg-aaaaaaaa', 'sg-bbbbbbbb'],
  attempt: 1,
  authority: '',
  outcome: 'accepted',
  requestId: 'request-1',
  code: '',
  message: '',
  ...over,
});
const call = (count: number, over: Partial<JournalRow> = {}) =>
  Array.from({ length: count }, (_, index) => row(count - index, over));
const historyTable = (rows: readonly JournalRow[], view: HistoryView) =>
  tableOf(historyEntries(rows, []), view);
const lines = (text: string) => text.trimEnd().split('\n');

describe('the table of the journal', () => {
  it('tells one call of twelve instances in one line', () => {
    const text = historyTable(call(12), { width: undefined, wide: false });
    expect(lines(text)).toHaveLength(2);
    expect(text).toMatch(/^1-12 +2026-03-01T18:00:00Z +ins-00000001,ins-00000002 \+10 +shop\/web +drift /m);
    expect(text).not.toContain('request-1');
  });

  it.each([
    { over: { requestId: 'request-2' }, reason: 'they left in another call' },
    { over: { before: [] }, reason: 'they had another list' },
    { over: { outcome: 'rejected' }, reason: 'it ended otherwise' },
    { over: { binding: 'shop/api' }, reason: 'another binding asked' },
    { over: { intendedMs: 0 }, reason: 'it was sent at another time' },
  ])('keeps rows apart when $reason', ({ over }) => {
    expect(lines(historyTable([row(2), row(1, over)], { width: undefined, wide: false }))).toHaveLength(3);
  });

  it('shows the start of a digest, and with -o wide all of it, every instance and the request', () => {
    const permit = { approvedBy: { digest: DIGEST, by: 'alice', at: '2026-03-01T17:00:00Z' } };
    const rows = call(4, { permit });
    expect(historyTable(rows, { width: undefined, wide: false })).not.toContain(DIGEST);
    const wide = historyTable(rows, { width: undefined, wide: true });
    expect(wide).toContain(DIGEST);
    expect(wide).toContain('ins-00000001,ins-00000002,ins-00000003,ins-00000004');
    expect(wide).toMatch(/REQUEST$/m);
    expect(wide).toContain('request-1');
  });

  it.each([80, 100, 120, 200])('fits a terminal of %i columns, and keeps its times whole', (width) => {
    const long = Array.from({ length: 5 }, (_, index) => `sg-${index}2345678`);
    const rows = [...call(12, { before: long, after: long }), row(99, { binding: `shop/${'x'.repeat(60)}` })];
    const text = historyTable(rows, { width, wide: false });
    for (const line of lines(text)) expect(line.length).toBeLessThanOrEqual(width);
    expect(text).toContain('2026-03-01T18:00:00Z');
    if (width < 200) expect(text).toContain('…');
  });

  it('tells what writes, drift and changed rules opened and closed, in the order of time', () => {
    const note = (...sentences: string[]) => ({ sentences, changes: [], omitted: 0 });
    const atMs = Date.parse('2026-03-01T18:00:00Z');
    const since = '2026-03-01T17:59:00.000Z';
    const repair = row(7, {
      traffic: JSON.stringify({ ...note('closes tcp/22 from 0.0.0.0/0'), since }),
      verifiedMs: atMs + 2_000,
    });
    const found = (cause: 'drift' | 'rules', foundMs: number, body: object) => ({
      ...{ id: foundMs, foundMs, cause, account: 'default', region: 'ap-guangzhou', binding: 'shop/web' },
      ...{ origin: '{}', instanceIds: ['ins-00000007'], before: ['sg-aaaaaaaa'], after: ['sg-bbbbbbbb'] },
      body: JSON.stringify(body),
    });
    const text = tableOf(
      historyEntries(
        [repair],
        [
          found('rules', atMs + 60_000, {
            ...note('opened udp/53 from 10.0.0.0/8'),
            groups: ['sg-aaaaaaaa'],
          }),
          found('drift', atMs - 1_000, { ...note('opened tcp/22 from 0.0.0.0/0'), since }),
        ],
      ),
      { width: undefined, wide: false },
    );
    const [heading, rules, write, drift] = lines(text);
    expect(heading).toMatch(/OUTCOME +TRAFFIC$/);
    expect(rules).toMatch(/^ +2026-03-01T18:01:00Z .* rules-changed .* opened udp\/53 from 10\.0\.0\.0\/8$/);
    expect(write).toMatch(/^7 .* drift .* closes tcp\/22 from 0\.0\.0\.0\/0; open for at most 62s$/);
    expect(drift).toMatch(
      / drift-found .* opened tcp\/22 from 0\.0\.0\.0\/0; since 2026-03-01T17:59:00Z at the earliest$/,
    );
  });
});
