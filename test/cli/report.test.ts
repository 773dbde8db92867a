/** `cvmsg report`: the real program, after real changes. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { A, B, bindingText, C, instanceId, REGION, Workspace } from './workspace.ts';

/** A lets everybody log in. */
const fleet = {
  accounts: ['default'],
  regions: {
    [REGION]: {
      securityGroups: [
        {
          securityGroupId: A,
          ingress: [{ action: 'ACCEPT', protocol: 'TCP', port: '22', cidrBlock: '0.0.0.0/0' } as const],
        },
        { securityGroupId: B },
        { securityGroupId: C },
      ],
      instances: [0, 1].map((n) => ({ instanceId: instanceId(n), securityGroupIds: [B] })),
    },
  },
};

/** An applied change, drift that was repaired, and a binding whose instance there is not. */
async function changed(): Promise<Workspace> {
  const workspace = await Workspace.open([], { fleet });
  workspace.write('web.yaml', bindingText({ instances: [instanceId(0), instanceId(1)], groups: [A, B] }));
  expect((await workspace.run(['apply', workspace.bindings, '--yes'])).code).toBe(0);
  workspace.simulator.state.setList(instanceId(0), [C]);
  expect((await workspace.run(['apply', workspace.bindings, '--yes'])).code).toBe(0);
  workspace.write('lost.yaml', bindingText({ name: 'lost', instances: [instanceId(9)], groups: [A] }));
  await workspace.run(['apply', workspace.bindings, '--yes']);
  return workspace;
}

describe.concurrent('a report', () => {
  it('tells how the fleet stands, what changed, who declared it, and what it opened', async () => {
    await using workspace = await changed();
    const { code, stdout } = await workspace.run(['report', '-o', 'json']);
    expect(code).toBe(0);
    const report = JSON.parse(stdout);
    expect(report).toMatchObject({
      source: workspace.bindings,
      totals: expect.stringContaining('2 bindings: 1 ready, 1 not ready'),
      notReady: [{ binding: 'shop/lost', instances: 1, reason: 'NotFound' }],
      drift: [{ binding: 'shop/web', instanceId: instanceId(0), traffic: expect.stringContaining('tcp/22') }],
      ...{ contested: [], refused: [], suspended: [], emergencies: [], exposure: [], notes: [] },
    });
    // Drift and its repair are recorded within one check, in either order.
    const [first, second, third] = report.changes;
    const [found, repair] = first.cause === 'drift' ? [second, first] : [first, second];
    expect(report.changes).toHaveLength(3);
    expect([found, repair, third]).toMatchObject([
      { cause: 'drift-found', before: [A, B], after: [C], traffic: 'closed tcp/22 from 0.0.0.0/0' },
      { cause: 'drift', instanceIds: [instanceId(0)], before: [C], after: [A, B] },
      { cause: 'first-seen', instanceCount: 2, before: [B], after: [A, B] },
    ]);
    expect(report.changes[2].traffic).toContain('opens tcp/22 from 0.0.0.0/0');
    expect(report.changes[2].declared).toMatch(/^web\.yaml:1 at sha256:[0-9a-f]{12}$/);
    expect(report.drift[0]).toMatchObject({
      repaired: expect.stringMatching(/Z$/),
      found: expect.stringMatching(/Z$/),
    });
  });

  it('is one HTML file without script that loads nothing', async () => {
    await using workspace = await changed();
    const out = join(workspace.folder, 'report.html');
    const told = await workspace.run(['report', '--out', out]);
    expect(told).toMatchObject({ code: 0, stderr: '' });
    expect(told.stdout).toContain(`wrote "${out}": 3 changes, 1 repair of drift`);
    const page = readFileSync(out, 'utf8');
    expect(page).toContain('opens tcp/22 from 0.0.0.0/0');
    expect(page).not.toMatch(
      /<script|<link|<img|<iframe|@import|url\(|https?:\/\/(?!www\.w3\.org)|\son\w+=/i,
    );
    expect((await workspace.run(['report', '--out', '-'])).stdout).toContain('<!doctype html>');
  });

  it('is CSV for a spreadsheet, of the time that is asked for', async () => {
    await using workspace = await changed();
    const lines = (await workspace.run(['report', '--csv'])).stdout.trimEnd().split('\r\n');
    expect(lines).toHaveLength(4);
    const repair = expect.stringContaining(`,shop/web,${instanceId(0)},1,drift,${C},${A} ${B},`);
    expect(lines).toEqual(expect.arrayContaining([repair]));
    const past = ['report', '--until', '1h', '--since', '2h'];
    expect((await workspace.run([...past, '--csv'])).stdout.trimEnd().split('\r\n')).toHaveLength(1);
    const { until, asOf } = JSON.parse((await workspace.run([...past, '-o', 'json'])).stdout);
    expect(Date.parse(asOf) - Date.parse(until), 'how it stands is told for now').toBeGreaterThan(3_590_000);
  });

  it('tells only of a namespace that is asked for, also where a directory beside a cluster declared it', async () => {
    await using workspace = await changed();
    const vault = bindingText({ name: 'vault', instances: [instanceId(1)], groups: [C] });
    workspace.write('web.yaml', bindingText({ instances: [instanceId(0)], groups: [A, B] }));
    workspace.write('vault.yaml', vault.replace('namespace: shop', 'namespace: bank'));
    await workspace.run(['apply', workspace.bindings, '--yes']);
    const of = async (namespace: string) =>
      JSON.parse((await workspace.run(['report', '-n', namespace, '-o', 'json'])).stdout);
    const bank = { totals: expect.stringContaining('1 binding: 1 ready'), notReady: [], drift: [] };
    const moved = [{ binding: 'bank/vault', instanceIds: [instanceId(1)] }];
    expect(await of('bank')).toMatchObject({ ...bank, changes: moved });
    const shop = await of('shop');
    expect([shop.changes.length, shop.drift.length, shop.notReady.length]).toEqual([3, 1, 1]);
    expect(await of('nobody')).toMatchObject({ changes: [], drift: [], notReady: [] });
    workspace.putBesideCluster('bank/vault');
    expect(await of('bank')).toMatchObject({ ...bank, changes: [{ binding: 'git:bank/vault' }] });
    expect((await workspace.run(['get', '-n', 'bank'])).stdout).toContain('1 binding: 1 ready');
  });

  it.each([
    [[], 'say what to write: one of --out FILE, --csv, -o json'],
    [['--csv', '-o', 'yaml'], '--csv and -o yaml: say one of them'],
    [['--csv', '--out', 'report.html', '-o', 'json'], '--out and --csv and -o json: say one of them'],
    [['--csv', '--since', 'soon'], '--since: Expected a duration such as 7d'],
    [['--csv', '--since', '2026-02-30'], '--since: Expected a duration such as 7d'],
    [['--csv', '--until', '2026-11-30T10:00'], '--until: Expected a duration such as 7d'],
    [['--csv', '--since', '1h', '--until', '2h'], '--since: Expected a time before --until'],
    [['--out', '/nonexistent/report.html'], '--out: "/nonexistent/report.html" cannot be written'],
  ])('is refused with what to write instead: %j', async (args, message) => {
    await using workspace = await Workspace.open([[A]]);
    workspace.write('web.yaml', bindingText({ instances: [instanceId(0)], groups: [A] }));
    await workspace.run(['apply', workspace.bindings, '--yes']);
    const { code, stdout, stderr } = await workspace.run(['report', ...args]);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain(message);
  });
});
