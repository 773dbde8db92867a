import { describe, expect, it } from 'vitest';
import { readPage } from './page.ts';

const row = (id: string) => ({ id });
const shape = (offset: number) => ({
  rows: 'Rows',
  offset,
  read: (value: unknown) =>
    typeof value === 'object' && value !== null && 'id' in value ? { id: String(value.id) } : 'no row',
  idOf: (item: { id: string }) => item.id,
});
const many = (count: number) => Array.from({ length: count }, (_, n) => row(`r${n}`));

describe('a page of a listing', () => {
  it.each([
    { rows: [], total: 0, offset: 0, reason: 'nothing at all' },
    { rows: many(2), total: 2, offset: 0, reason: 'all in one page' },
    { rows: many(100), total: 250, offset: 100, reason: 'a full page in the middle' },
    { rows: many(50), total: 250, offset: 200, reason: 'the short page at the end' },
    { rows: [], total: 250, offset: 300, reason: 'the listing became shorter meanwhile' },
  ])('is read in the order of the cloud: $reason', ({ rows, total, offset, reason }) => {
    const read = readPage({ TotalCount: total, Rows: rows }, shape(offset));
    expect(read, reason).toEqual({ ok: true, page: { items: rows, total } });
  });

  it.each([
    { payload: { TotalCount: 0 }, offset: 0, reason: 'no rows' },
    { payload: { TotalCount: 0, Rows: null }, offset: 0, reason: 'null for rows' },
    { payload: { Rows: [] }, offset: 0, reason: 'no total' },
    { payload: { TotalCount: '1', Rows: many(1) }, offset: 0, reason: 'a total that is text' },
    { payload: { TotalCount: 1.5, Rows: many(1) }, offset: 0, reason: 'a total that is no whole number' },
    { payload: { TotalCount: -1, Rows: [] }, offset: 0, reason: 'a negative total' },
    { payload: { TotalCount: 1, Rows: many(2) }, offset: 0, reason: 'more rows than the total' },
    { payload: { TotalCount: 101, Rows: many(101) }, offset: 0, reason: 'more rows than a page has' },
    { payload: { TotalCount: 250, Rows: many(99) }, offset: 0, reason: 'a short page before the end' },
    { payload: { TotalCount: 5, Rows: [] }, offset: 0, reason: 'an empty page before the end' },
    { payload: { TotalCount: 250, Rows: many(51) }, offset: 200, reason: 'a last page that is too long' },
    { payload: { TotalCount: 2, Rows: [row('a'), row('a')] }, offset: 0, reason: 'one item twice' },
    { payload: { TotalCount: 1, Rows: ['x'] }, offset: 0, reason: 'a malformed row' },
  ])('is refused whole: $reason', ({ payload, offset, reason }) => {
    expect(readPage(payload, shape(offset)).ok, reason).toBe(false);
  });
});
