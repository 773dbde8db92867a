import { renameSync } from 'node:fs';
import { request } from 'node:http';
import axe from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../cli/until.ts';
import { openBrowser, visit } from './browser.ts';
import { HOSTILE_ID, MANY, PageWorld } from './page-world.ts';
import { startSubPath } from './sub-path.ts';

const HELD = 'ins-gapi0001';
const DRIFTING = 'ins-many0007';
const PAGES = [
  '',
  'bindings',
  'instances',
  `instance?id=${HELD}`,
  `instance?id=${HOSTILE_ID}`,
  'plan',
  'history',
];

let browser: Browser;
let world: PageWorld;

beforeAll(async () => {
  browser = await openBrowser();
  world = await PageWorld.open();
});
afterAll(async () => {
  await browser?.close();
  await world?.[Symbol.asyncDispose]();
});

const textOf = async (page: Page, selector: string) => (await page.locator(selector).textContent()) ?? '';

describe('the page', () => {
  it('says on the overview what `get` says, what is broken first, with ways into the tables', async () => {
    await using visited = await visit(browser, world.url);
    const { page, complaints } = visited;
    const { stdout } = await world.workspace.run(['get']);
    const totals = stdout.split('\n').find((line) => / bindings: /.test(line));
    expect(totals).toContain('6 not ready');
    expect(await textOf(page, 'h1')).toBe(`${totals}.`);
    const problems = page.locator('.problems li');
    expect(await problems.nth(0).textContent()).toContain('Refused: BlastRadius20 instances of 3 bindings');
    expect(await problems.nth(1).textContent()).toContain('NotFound1 instance of 1 binding');
    expect(await textOf(page, 'main')).toContain('leap days');
    const pending = await world.workspace.run(['approve']);
    const digests = [...pending.stdout.matchAll(/sha256:[0-9a-f]{12}/g)].map(([digest]) => digest);
    expect(digests.length).toBeGreaterThan(0);
    for (const digest of digests) expect(await textOf(page, '.pending')).toContain(`cvmsg approve ${digest}`);
    expect(await page.locator('.chart').getAttribute('aria-label')).toContain('repairs in the last 14 days');
    await problems.last().locator('a').click();
    expect(new URL(page.url()).search).toBe('?state=Held&reason=Suspended');
    expect(await page.locator('tbody tr').count()).toBe(6);
    expect(complaints).toEqual([]);
  });

  it('explains an instance as `why` does, with both lists, what lies between, and what that opens', async () => {
    await using visited = await visit(browser, `${world.url}instance?id=${HELD}`);
    const main = await textOf(visited.page, 'main');
    const { stdout } = await world.workspace.run(['why', HELD]);
    for (const said of ['move sg-api00001 2nd -> 1st', 'spec.suspend is true'])
      expect(stdout).toContain(said);
    expect(main).toContain('move sg-api00001 2nd → 1st');
    expect(main).toContain('spec.suspend is true');
    expect(main).toContain('no traffic changes: the order changes, but no rule depends on it');
    expect(main).toContain('sg-admin001 ingress #1 ACCEPT tcp:9100 10.0.0.0/8');
    expect(main).toContain('never matches: sg-admin001 #0 comes first');
    const places = (selector: string) =>
      visited.page.locator(`section[aria-labelledby=${selector}] li code`).allTextContents();
    expect(await places('declared')).toEqual(['sg-api00001', 'sg-admin001']);
    expect(await places('observed')).toEqual(['sg-admin001', 'sg-api00001']);
  });

  it('plans as `plan` does, and tells the history that `history` tells', async () => {
    const plan = await world.json('plan');
    const said = await world.workspace.run(['plan', world.workspace.bindings, '-o', 'json']);
    const rows = JSON.parse(said.stdout).rows.filter(
      ({ result }: { result: string }) => result !== 'in-sync',
    );
    const ids = (all: readonly { instanceId: string }[]) => all.map(({ instanceId }) => instanceId).sort();
    const planned = plan.rows.flatMap(
      ({ instances }: { instances: readonly { instanceId: string }[] }) => instances,
    );
    expect(ids(planned)).toEqual(ids(rows));
    const { lines } = await world.json('history?binding=shop/web');
    const told = JSON.parse(
      (await world.workspace.run(['history', '--binding', 'shop/web', '-o', 'json'])).stdout,
    );
    expect(lines.flatMap((line: { ids: readonly number[] }) => line.ids).sort()).toEqual(
      told.map(({ id }: { id: number }) => id).sort(),
    );
    await using visited = await visit(browser, `${world.url}history?binding=shop%2Fweb`);
    expect(await textOf(visited.page, 'main')).toContain('closes tcp/22 from 0.0.0.0/0');
    expect(await textOf(visited.page, 'footer')).toContain('cvmsg history --binding shop/web');
  });

  it('says as `history` does which namespace a name alone was looked for in, and which time it cannot read', async () => {
    const said = async (...args: string[]) => (await world.workspace.run(['history', ...args])).stderr;
    await using visited = await visit(browser, `${world.url}history?binding=web`);
    const elsewhere = 'binding default/web; write NAMESPACE/NAME for another';
    expect(await said('--binding', 'web')).toContain(elsewhere);
    expect(await textOf(visited.page, '.none')).toContain(elsewhere);
    for (const flag of ['since', 'until']) {
      const { error } = await world.json(`history?${flag}=yesterday`);
      expect(await said(`--${flag}`, 'yesterday')).toBe(`error: ${error}\n`);
    }
  });

  it('filters by columns and pages on the server, with all of it in the address, without a script too', async () => {
    const total = MANY + 42;
    await using visited = await visit(browser, `${world.url}instances`, { javaScriptEnabled: false });
    const { page } = visited;
    expect(await page.locator('.pager span').first().textContent()).toBe(`1 to 100 of ${total}`);
    await page.getByRole('link', { name: 'Next' }).first().click();
    expect(new URL(page.url()).search).toBe('?page=2');
    expect(await page.locator('tbody tr').count()).toBe(total - 100);
    await page.getByLabel('Binding contains').fill('SHOP/MANY');
    await page.getByLabel('State').selectOption('InSync');
    await page.getByRole('button', { name: 'Filter' }).click();
    expect(await page.locator('.pager span').first().textContent()).toBe(`1 to 100 of ${MANY + 1}`);
    await page.getByRole('link', { name: 'Next' }).first().click();
    expect(await page.locator('tbody tr').count()).toBe(MANY + 1 - 100);
    expect(await page.getByLabel('Binding contains').inputValue()).toBe('SHOP/MANY');
    const twin = page.getByRole('link', { name: 'as JSON' });
    const data = await world.json((await twin.getAttribute('href')) ?? '');
    expect(data.rows).toHaveLength(MANY + 1 - 100);
    await page.getByRole('link', { name: 'Clear' }).click();
    expect(await page.locator('.pager span').first().textContent()).toBe(`1 to 100 of ${total}`);
  });

  it('shows what changes by itself, and keeps focus, scroll and what is being typed', async () => {
    await using visited = await visit(browser, `${world.url}history`, {
      viewport: { width: 1280, height: 400 },
    });
    const { page, complaints } = visited;
    await page.getByLabel('Binding').fill('sho');
    await page.evaluate('window.scrollTo(0, 9999)');
    // What somebody reads stays where it is, also when something is put above it.
    const last = () => page.locator('tbody tr').last().boundingBox();
    const place = await last();
    expect(place?.y).toBeLessThan(400);
    const isFirst = (text: string) => page.locator('tbody tr').first().getByText(text).count();
    world.change(DRIFTING, 'sg-byhand01');
    await until('the repair on the page', async () => (await isFirst(DRIFTING)) > 0);
    expect(await page.getByLabel('Binding').inputValue()).toBe('sho');
    expect(await page.evaluate(`document.activeElement?.getAttribute('name')`)).toBe('binding');
    // A column may have become wider, and a line longer.
    expect(Math.abs(((await last())?.y ?? 0) - (place?.y ?? 0))).toBeLessThan(60);
    expect(await textOf(page, '.live')).toBe('live');
    expect(complaints).toEqual([]);
  });

  it('is worked by keyboard alone', async () => {
    await using visited = await visit(browser, world.url);
    const { page } = visited;
    const focused = () => page.evaluate('document.activeElement?.textContent');
    await page.keyboard.press('Tab');
    expect(await focused()).toBe('Skip to content');
    for (let steps = 0; steps < 3; steps++) await page.keyboard.press('Tab');
    expect(await focused()).toBe('Instances');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/instances');
    await page.getByLabel('Instance contains').focus();
    await page.keyboard.type('many-7');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/instances?instance=many-7');
    expect(await page.locator('tbody tr').count()).toBe(11);
    await page.locator('tbody a').first().focus();
    await page.keyboard.press('Enter');
    await page.waitForURL('**/instance?id=*');
  });

  it('shows what somebody else has named as text and nothing else', async () => {
    for (const path of [
      `instance?id=${HOSTILE_ID}`,
      'instances?instance=hostile',
      'instances?instance="><script>window.broken=3</script>',
    ]) {
      await using visited = await visit(browser, world.url + path);
      const { page, complaints } = visited;
      expect(await page.evaluate(`'broken' in window`)).toBe(false);
      expect(await page.locator('main img, main script').count()).toBe(0);
      expect(complaints).toEqual([]);
      if (path.includes(HOSTILE_ID)) {
        const main = await textOf(page, 'main');
        expect(main).toContain('<script>window.broken = 1</script>');
        expect(main, 'nothing turns the order of what follows').toContain('\\u202egnp.exe');
      }
    }
  });

  it.each(['light', 'dark'] as const)('has nothing that axe-core finds, in %s', async (colorScheme) => {
    for (const path of PAGES) {
      await using visited = await visit(browser, world.url + path, { colorScheme });
      await visited.page.evaluate(axe.source);
      const { violations } = await visited.page.evaluate<{ violations: AxeViolation[] }>('axe.run()');
      const found = violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
      expect(found, path).toEqual([]);
      expect(visited.complaints, path).toEqual([]);
    }
  });

  it('fits into 320 pixels', async () => {
    for (const path of PAGES) {
      await using visited = await visit(browser, world.url + path, { viewport: { width: 320, height: 640 } });
      expect(await visited.page.evaluate('document.documentElement.scrollWidth'), path).toBeLessThanOrEqual(
        320,
      );
    }
  });

  it('works below any path, such as that of a proxy', async () => {
    await using proxy = await startSubPath(world.url, '/api/v1/namespaces/x/pods/y:8090/proxy/');
    await using visited = await visit(browser, proxy.url);
    const { page, complaints } = visited;
    for (const name of ['Bindings', 'Instances', 'Plan', 'History', 'Overview']) {
      await page.getByRole('navigation').getByRole('link', { name }).click();
      expect(await page.locator('[aria-current]').textContent()).toBe(name);
    }
    await until('the stream', async () => (await textOf(page, '.live')) === 'live');
    expect(await page.evaluate('getComputedStyle(document.body).maxWidth'), 'its styles').not.toBe('none');
    expect(complaints).toEqual([]);
    expect(proxy.outside, 'nothing is asked outside of it').toEqual([]);
  });

  it('keeps within 15 kB for everything but rows', async () => {
    const sizes = await Promise.all(
      ['plan?binding=none', 'page.css', 'page.js', 'icon.svg'].map(compressedBytes),
    );
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(15_000);
  });
});

interface AxeViolation {
  readonly id: string;
  readonly nodes: readonly { readonly html: string }[];
}

describe('the address of the page', () => {
  it('answers only to the names of this machine, and nothing but GET and HEAD', async () => {
    expect((await ask('', { host: 'evil.example' })).status).toBe(403);
    expect((await ask('events', { host: '127.0.0.1.evil.example:80' })).status).toBe(403);
    expect((await ask('', { host: 'localhost:8090' })).status).toBe(200);
    expect((await ask('', { host: '[::1]:8090' })).status).toBe(200);
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
      const reply = await ask('plan', { method });
      expect([reply.status, reply.headers.allow], method).toEqual([405, 'GET, HEAD']);
    }
    const head = await ask('instances', { method: 'HEAD' });
    expect([head.status, head.body]).toEqual([200, '']);
    expect((await ask('instance?id=ins-unknown1')).status).toBe(404);
    expect((await ask('instance?id=x')).status).toBe(400);
    expect((await ask('history?since=yesterday')).status).toBe(400);
    expect((await ask('nowhere')).status).toBe(404);
    const below = await ask('binding/shop/web');
    expect([below.status, below.body], 'no page whose addresses lead nowhere').toEqual([
      404,
      'there is no such page\n',
    ]);
  });

  it('puts nothing of an address into a command but the values of its filters, each as one word', async () => {
    const { body } = await ask(
      `history?x%3Bcurl%20evil%7Csh%3B=1&%24(id)=a&binding=${encodeURIComponent('a b;id')}`,
    );
    const [, command = ''] = /<code>(cvmsg history[^<]*)<\/code>/.exec(body) ?? [];
    expect(command).toContain('--binding &#39;a b;id&#39;');
    expect(command).not.toMatch(/evil|\$\(/);
  });

  it('sends headers that let nothing in and nothing be kept', async () => {
    const { headers, body } = await ask('');
    expect(headers['content-security-policy']).toBe(
      "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    );
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['cache-control']).toBe('no-store');
    expect(headers['set-cookie']).toBeUndefined();
    expect(body).not.toMatch(/<[^>]* (?:style|on[a-z]+)=|<style|<script>/);
    expect(body, 'no address of its own host').not.toMatch(/(?:href|src|action)="(?:\/|https?:)/);
  });

  it('sends the same page once only', async () => {
    const { headers } = await ask('page.css');
    const again = await ask('page.css', { headers: { 'if-none-match': String(headers.etag) } });
    expect([again.status, again.body]).toEqual([304, '']);
  });
});

it('says on the overview why what is in force may not be the newest truth, as `get` does', async () => {
  await using own = await PageWorld.open();
  const { workspace, url } = own;
  workspace.write('broken.yaml', 'apiVersion: cvmsg.dev/v1alpha1\nkind: CvmSecurityGroupBinding\nspec: [x\n');
  const overview = async () => (await fetch(url)).text();
  await until('the finding', async () => (await overview()).includes('broken.yaml:'));
  const { stdout } = await workspace.run(['get']);
  const [, finding = ''] = /! (.*broken\.yaml:\S+ [\w ]+)/.exec(stdout) ?? [];
  expect(await overview()).toContain(finding);
  expect(await overview()).toContain('<h1 class="sentence bad">');
  renameSync(workspace.bindings, `${workspace.bindings}.away`);
  await until('the problem', async () => (await overview()).includes('is missing'));
  const data = (await (await fetch(`${url}?format=json`)).json()) as { source: string[] };
  expect(data.source[0]).toContain('is missing');
  const report = await workspace.run(['report', '-o', 'json']);
  expect((JSON.parse(report.stdout) as { sourceNotes: string[] }).sourceNotes[0]).toContain('is missing');
});

it('ends streams at SIGTERM, and the process with them', async () => {
  await using own = await PageWorld.open();
  const reply = await fetch(`${own.url}events`);
  expect(reply.headers.get('content-type')).toBe('text/event-stream');
  const read = reply.text();
  const startedMs = performance.now();
  const { code } = await own.program.stop();
  expect(code).toBe(0);
  expect(performance.now() - startedMs, 'at once').toBeLessThan(3_000);
  expect(await read).toContain('retry: ');
});

it('says which address cannot be had', async () => {
  const { hostname, port } = new URL(world.url);
  const taken = await world.workspace.run([
    ...['run', '--source', world.workspace.bindings, '--state-dir', `${world.workspace.folder}/other`],
    ...['--page-listen', `${hostname}:${port}`],
  ]);
  expect(taken.code).toBe(1);
  expect(taken.stderr).toContain(`--page-listen: "${hostname}:${port}" cannot be had`);
});

interface Asked {
  readonly method?: string;
  readonly host?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** One request as it is, with whatever name for the host. */
function ask(path: string, { method = 'GET', host, headers = {} }: Asked = {}) {
  return new Promise<{
    status: number;
    headers: NodeJS.Dict<string | string[]>;
    body: string;
    bytes: number;
  }>((resolve, reject) => {
    const options = { method, headers: { ...headers, ...(host === undefined ? {} : { host }) } };
    const sent = request(world.url + path, options, (reply) => {
      const parts: Buffer[] = [];
      reply.on('data', (part: Buffer) => parts.push(part));
      reply.on('end', () => {
        const body = Buffer.concat(parts);
        resolve({
          status: reply.statusCode ?? 0,
          headers: reply.headers,
          body: body.toString(),
          bytes: body.length,
        });
      });
    });
    sent.on('error', reject);
    sent.end();
  });
}

async function compressedBytes(path: string): Promise<number> {
  const { bytes, headers } = await ask(path, { headers: { 'accept-encoding': 'gzip' } });
  if (path !== 'icon.svg') expect(headers['content-encoding'], path).toBe('gzip');
  return bytes;
}
