import { mkdtempSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { leaveRequest, takeRequests } from './request-box.ts';

const directory = () => mkdtempSync(join(tmpdir(), 'cvmsg-requests-'));

type FileSystem = typeof import('node:fs');

afterEach(() => {
  vi.doUnmock('node:fs');
  vi.resetModules();
});

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

  it('keeps a request that is left while an older one for the same binding is taken', async () => {
    const folder = directory();
    let asked = false;
    vi.doMock('node:fs', async (original) => {
      const real = await original<FileSystem>();
      const readFileSync = (...args: Parameters<FileSystem['readFileSync']>) => {
        const text = real.readFileSync(...args);
        if (!asked) leaveRequest(folder, { binding: 'shop/web', requestedAt: 'two' });
        asked = true;
        return text;
      };
      return { ...real, readFileSync };
    });
    const box = await import('./request-box.ts');
    leaveRequest(folder, { binding: 'shop/web', requestedAt: 'one' });
    const taken = [...box.takeRequests(folder), ...box.takeRequests(folder)];
    expect(taken.map(({ requestedAt }) => requestedAt)).toEqual(['one', 'two']);
    expect(readdirSync(join(folder, 'requests'))).toEqual([]);
  });

  it('gives a request that a process was taking when it ended, unless there is a newer one', () => {
    const folder = directory();
    const interrupt = () => {
      const [name = ''] = readdirSync(join(folder, 'requests'));
      renameSync(join(folder, 'requests', name), join(folder, 'requests', `${name}.taken`));
    };
    leaveRequest(folder, { binding: 'shop/web', requestedAt: 'one' });
    interrupt();
    expect(takeRequests(folder).map(({ requestedAt }) => requestedAt)).toEqual(['one']);
    leaveRequest(folder, { binding: 'shop/web', requestedAt: 'two' });
    interrupt();
    leaveRequest(folder, { binding: 'shop/web', requestedAt: 'three' });
    expect(takeRequests(folder).map(({ requestedAt }) => requestedAt)).toEqual(['three']);
    expect(readdirSync(join(folder, 'requests'))).toEqual([]);
  });

  it('takes away what is no request', () => {
    const folder = directory();
    leaveRequest(folder, { binding: 'shop/web', requestedAt: 'one' });
    writeFileSync(join(folder, 'requests', 'odd.json'), '{"binding": 7}');
    writeFileSync(join(folder, 'requests', 'torn.json'), '{"bind');
    writeFileSync(join(folder, 'requests', 'unnamed.json'), '{"requestedAt": "one"}');
    writeFileSync(join(folder, 'requests', 'undated.json'), '{"binding": "shop/web"}');
    expect(takeRequests(folder)).toEqual([{ binding: 'shop/web', requestedAt: 'one' }]);
    expect(readdirSync(join(folder, 'requests'))).toEqual([]);
  });
});
