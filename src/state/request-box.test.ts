import { mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { leaveRequest, takeRequests } from './request-box.ts';

const directory = () => mkdtempSync(join(tmpdir(), 'cvmsg-requests-'));

describe('the request box', () => {
  it('is empty where nothing was ever left', () => {
    expect(takeRequests(directory())).toEqual([]);
  });

  it('gives each request once, the newest of each binding', () => {
    const folder = directory();
    leaveRequest(folder, { binding: 'shop/web', requestedAt: 'one' });
    leaveRequest(folder, { binding: 'shop/web', requestedAt: 'two' });
    leaveRequest(folder, { binding: `shop/${'x'.repeat(253)}`, requestedAt: 'three' });
    const taken = takeRequests(folder).map(({ requestedAt }) => requestedAt);
    expect(taken.sort()).toEqual(['three', 'two']);
    expect(takeRequests(folder)).toEqual([]);
  });

  it('takes away what is no request', () => {
    const folder = directory();
    leaveRequest(folder, { binding: 'shop/web', requestedAt: 'one' });
    writeFileSync(join(folder, 'requests', 'odd.json'), '{"binding": 7}');
    writeFileSync(join(folder, 'requests', 'torn.json'), '{"bind');
    expect(takeRequests(folder)).toHaveLength(1);
    expect(readdirSync(join(folder, 'requests'))).toEqual([]);
  });
});
