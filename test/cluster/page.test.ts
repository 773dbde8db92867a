/** The page of a controller that follows a cluster, seen through `kubectl proxy` and the API server's own proxy. */
import { spawn } from 'node:child_process';
import { networkInterfaces } from 'node:os';
import { expect, it } from 'vitest';
import type { PlanRow } from '../../src/core/plan-row.ts';
import { until } from '../cli/until.ts';
import { openBrowser, visit } from '../page/browser.ts';
import { type Cluster, describeCluster } from './cluster.ts';
import { controlPlaneBinaries } from './control-plane/binaries.ts';
import type { Operator } from './operator.ts';

/** The API server's proxy goes to no loopback address. */
function ownAddress(): string {
  const all = Object.values(networkInterfaces()).flatMap((one) => one ?? []);
  const found = all.find(({ internal, family }) => !internal && family === 'IPv4');
  if (found === undefined)
    throw new Error('the API server can reach this machine by no address but loopback');
  return found.address;
}

/** A pod that nobody runs, with the address of this machine: the API server's proxy goes where its status says. */
function publish({ plane }: Cluster, address: string): void {
  const pod = {
    ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'page', namespace: 'default' } },
    spec: { automountServiceAccountToken: false, containers: [{ name: 'page', image: 'none' }] },
  };
  const account = {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'default', namespace: 'default' },
  };
  for (const object of [account, pod]) plane.kubectl(['apply', '-f', '-'], JSON.stringify(object));
  const status = JSON.stringify({ status: { phase: 'Running', podIP: address, podIPs: [{ ip: address }] } });
  plane.kubectl([
    'patch',
    'pod',
    'page',
    '-n',
    'default',
    '--subresource=status',
    '--type=merge',
    '-p',
    status,
  ]);
}

/** `kubectl proxy` on a port of its own choice. */
async function kubectlProxy({ plane }: Cluster): Promise<{ url: string } & Disposable> {
  const { kubectl } = await controlPlaneBinaries();
  const child = spawn(kubectl, ['--kubeconfig', plane.kubeconfig, 'proxy', '--port=0']);
  let said = '';
  child.stdout.on('data', (text: Buffer) => {
    said += text.toString();
  });
  const address = await until('kubectl proxy', () => /127\.0\.0\.1:\d+/.exec(said)?.[0]);
  return { url: `http://${address}`, [Symbol.dispose]: () => void child.kill('SIGKILL') };
}

describeCluster('the page of a controller in a cluster', { instances: 4 }, (cluster) => {
  it('works below the path of the API server, and tells the history that objects tell', async () => {
    const c = cluster();
    const address = ownAddress();
    const operator = c.operator({ args: ['--page-listen', `${address}:0`, '--interval', '2s'] });
    const [id = '', other = ''] = c.cloud.instances;
    const sgIds = c.cloud.groups.slice(0, 2);
    await c.apply('web', { instanceIds: [id], sgIds });
    await c.apply('lost', { instanceIds: ['ins-lost0001'], sgIds });
    await c.ready('web');
    const port = await until('the page', () => /"url":"http:[^"]*:(\d+)"/.exec(operator.log())?.[1]);
    publish(c, address);
    using proxy = await kubectlProxy(c);
    const browser = await openBrowser();
    try {
      const url = `${proxy.url}/api/v1/namespaces/default/pods/http:page:${port}/proxy/`;
      await until('the way to the page', async () => (await fetch(url)).status === 200);
      await using visited = await visit(browser, url);
      const { page, complaints } = visited;
      await page.locator('h1', { hasText: '2 bindings: 1 ready, 1 not ready' }).waitFor();
      await page.locator('#live', { hasText: 'live' }).waitFor();
      await page.getByRole('navigation').getByRole('link', { name: 'History' }).click();
      await page.getByText('an object keeps the last ten writes').waitFor();
      await page.locator('tbody tr', { hasText: id }).first().waitFor();
      await page.getByRole('link', { name: 'Bindings' }).click();
      await c.apply('later', { instanceIds: [other], sgIds });
      // By the stream, through both proxies.
      await page.locator('tbody tr', { hasText: 'default/later' }).waitFor();
      expect(await page.locator('footer').textContent()).toContain('cvmsg get -o wide --kubernetes');
      expect(complaints).toEqual([]);
    } finally {
      await browser.close();
    }
    expect(await operator.stop()).toBe(0);
  });

  it('of a replica that leads nothing tells what the objects say, and who leads', async () => {
    const c = cluster();
    await c.kubectl('delete', 'csgb', '--all');
    const args = ['--page-listen', '127.0.0.1:0', '--interval', '2s'];
    const operators = [c.operator({ args }), c.operator({ args })];
    const [id = '', other = ''] = c.cloud.instances;
    const sgIds = c.cloud.groups.slice(0, 2);
    await c.apply('web', { instanceIds: [id], sgIds });
    await c.apply('observed', { instanceIds: [other], sgIds: [...sgIds].reverse(), mode: 'Observe' });
    await c.apply('unknown', { instanceIds: [c.cloud.instances[2]], sgIds: ['sg-nosuch00'] });
    await c.ready('web');
    const reasonOf = async (name: string) =>
      (await c.binding(name)).status?.conditions?.find(({ type }) => type === 'Ready')?.reason;
    await until('the refusal', async () => (await reasonOf('unknown')) === 'UnknownGroup');
    await until('the difference', async () => (await reasonOf('observed')) === 'ObserveOnly');
    const leads = (operator: Operator) => /"lease":"cvmsg-default[^\n]*"held":true/.test(operator.log());
    const leader = await until('a leader', () => operators.find(leads));
    const standby = operators.find((operator) => operator !== leader) as Operator;
    const pages = (operator: Operator) =>
      until('the page', () => /"url":"(http:[^"]*)"[^\n]*"serves the page"/.exec(operator.log())?.[1]);
    const [of, by] = [await pages(standby), await pages(leader)];
    // biome-ignore lint/suspicious/noExplicitAny: each page has a form of its own, which the test looks into.
    const json = async (url: string, path: string): Promise<any> =>
      (await fetch(`${url}/${path}?format=json`)).json();
    await until('the same totals', async () => {
      const [mine, theirs] = [await json(of, ''), await json(by, '')];
      expect(theirs.totals).toContain('3 bindings: 1 ready, 2 not ready');
      return mine.totals === theirs.totals;
    });
    const { scopes } = await json(of, '');
    expect(scopes).toMatchObject([{ scope: 'default@ap-guangzhou', leader: false }]);
    expect(scopes[0].oldestObservationAgeSeconds).toBeUndefined();
    const lease = await c.kubectl(
      'get',
      'leases',
      '-n',
      'cvmsg-system',
      '-l',
      'cvmsg.dev/lease=scope',
      '-o',
      'json',
    );
    const [{ spec }] = (JSON.parse(lease) as { items: [{ spec: { holderIdentity: string } }] }).items;
    expect(scopes[0].holder).toBe(spec.holderIdentity);
    expect(await (await fetch(`${of}/`)).text()).toContain(`replica ${spec.holderIdentity}`);
    // Both in their own words: a status says in one sentence what differs and why.
    const planned = async (url: string) =>
      (await json(url, 'plan')).rows.map(
        ({ binding, kind, row }: { binding: string; kind: string; row: PlanRow }) => ({
          ...{ binding, kind, observed: row.observed, steps: row.steps, guard: row.guard?.guard },
        }),
      );
    const rows = await planned(of);
    expect(rows).toEqual(await planned(by));
    expect(rows.map(({ binding, kind }: { binding: string; kind: string }) => `${binding} ${kind}`)).toEqual([
      'default/observed held',
      'default/unknown refused',
    ]);
    const instances = (await json(of, 'instances')).rows;
    expect(instances.map(({ state }: { state: string }) => state)).toEqual(['Refused', 'Held', 'InSync']);
    await Promise.all(operators.map((operator) => operator.stop()));
  });
});
