import { describe, expect, it } from 'vitest';
import { systemClock } from '../runtime/clock.ts';
import { VirtualClock } from '../runtime/virtual-clock.ts';
import { Metrics } from './metrics.ts';
import { startHttp } from './server.ts';
import { NO_FLEET, type ProbeCheck, type ProcessView } from './view.ts';

const view: ProcessView = {
  *fleet() {
    yield;
    return NO_FLEET;
  },
  watches: () => [],
  healthChecks: () => [],
  readyChecks: () => [],
  openJournalEntries: () => 0,
};

describe('the HTTP server', () => {
  it('answers each probe with its own checks, one a line, and 503 when one of them fails', async () => {
    const checks = { health: [] as ProbeCheck[], ready: [] as ProbeCheck[] };
    await using server = await startHttp({
      host: '127.0.0.1',
      port: 0,
      metrics: new Metrics(view, systemClock),
      healthChecks: () => checks.health,
      readyChecks: () => checks.ready,
    });
    const ask = async (path: string) => {
      const reply = await fetch(server.url + path);
      return [reply.status, await reply.text()];
    };
    const fine = { name: 'event loop', fine: true, detail: 'turns' };
    checks.health = [fine];
    checks.ready = [{ name: 'source kubernetes', fine: false, detail: 'was not read yet' }];
    expect(await ask('/healthz')).toEqual([200, '[+] event loop: turns\n']);
    expect(await ask('/readyz')).toEqual([503, '[-] source kubernetes: was not read yet\n']);
    checks.health = [fine, { name: 'leases', fine: false, detail: 'has work and has not moved for 300 s' }];
    checks.ready = [{ name: 'source kubernetes', fine: true, detail: 'was read whole' }];
    expect(await ask('/healthz')).toEqual([
      503,
      '[+] event loop: turns\n[-] leases: has work and has not moved for 300 s\n',
    ]);
    expect(await ask('/readyz')).toEqual([200, '[+] source kubernetes: was read whole\n']);
    expect((await fetch(`${server.url}/healthz`, { method: 'POST' })).status).toBe(405);
  });

  it('looks at the fleet once for all who ask meanwhile, between other work, and anew for the next one', async () => {
    let looks = 0;
    const clock = new VirtualClock();
    const metrics = new Metrics(
      {
        ...view,
        *fleet() {
          looks++;
          yield;
          return { ...NO_FLEET, bindings: { ready: looks, notReady: 0 } };
        },
      },
      clock,
    );
    const ready = 'cvmsg_bindings{ready="True"}';
    const asked = [metrics.text(), metrics.text()];
    await clock.advance(1);
    for (const text of await Promise.all(asked)) expect(text).toContain(`${ready} 1\n`);
    const next = metrics.text();
    await clock.advance(1);
    expect(await next).toContain(`${ready} 2\n`);
  });
});
