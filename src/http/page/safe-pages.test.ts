/** What no page may do, whatever it shows. */
import { describe, expect, it } from 'vitest';
import {
  A,
  binding,
  EXPLAINED,
  ins,
  instance,
  LINE,
  pagesOf,
  ready,
  row,
} from '../../../test/page/made-up-view.ts';

describe('every page', () => {
  it('escapes whatever it is told', async () => {
    const evil = '<img src=x onerror=alert(1)>"\'&';
    const { ask } = pagesOf({
      bindings: () => [binding(evil, { conditions: [ready('False', 'Denied', evil)] })],
      instances: () => [instance(1, { name: evil, message: evil, state: 'Failed', reason: 'Denied' })],
      sourceNotes: () => [evil],
      groupNames: () => new Map([[A as string, evil]]),
      instance: () => ({ ...EXPLAINED, name: evil, groupNames: { [A]: evil } }),
      plan: () => [row(1, { instanceName: evil, problem: evil })],
      history: () => ({
        lines: [{ ...LINE, outcome: evil, authority: evil, traffic: evil }],
        more: false,
        note: evil,
      }),
    });
    // What is filtered by is shown, and leaves no row of what is told.
    const filter = `binding=${encodeURIComponent(evil)}`;
    for (const path of ['/', '/bindings', '/instances', `/instance?id=${ins(1)}`, '/plan', '/history']) {
      const { status, text } = await ask(path);
      expect([path, status]).toEqual([path, 200]);
      expect(text).toContain('&lt;img');
      expect(text).not.toContain('<img');
      const filtered = await ask(`${path}${path.includes('?') ? '&' : '?'}${filter}`);
      expect([path, filtered.status]).toEqual([path, 200]);
      expect(filtered.text).not.toContain('<img');
    }
    expect((await ask(`/nowhere?${filter}`)).text).not.toContain('<img');
  });

  it('is read only, not stored, framed by nobody, and loads nothing from elsewhere', async () => {
    const { ask } = pagesOf();
    expect((await ask('/', { method: 'POST' })).status).toBe(405);
    const { headers } = await ask('/');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('x-frame-options')).toBe('DENY');
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    expect((await ask('/page.css')).headers.get('content-type')).toContain('text/css');
    expect((await ask('/nowhere')).text).toContain('there is no such page');
    expect((await ask('/a/b')).text).toBe('there is no such page\n');
    expect((await ask('/events', { method: 'HEAD' })).headers.get('content-type')).toContain('event-stream');
  });

  it('is for this machine only where it listens there only', async () => {
    const { ask } = pagesOf({}, (host) => host === 'localhost:8090');
    expect((await ask('/', { headers: { host: 'evil.example' } })).status).toBe(403);
    expect((await ask('/', { headers: { host: 'localhost:8090' } })).status).toBe(200);
  });

  it('that cannot be made says so, and the log why', async () => {
    const { ask, logged } = pagesOf({
      bindings: () => {
        throw new Error('out of cheese');
      },
    });
    expect(await ask('/bindings')).toMatchObject({
      status: 500,
      text: expect.not.stringContaining('cheese'),
    });
    expect(logged).toEqual(['a page could not be made']);
  });
});
