/** What a look at a fleet of 10,000 costs: the first byte, what is loaded, and whom it holds up. */
import { type ChildProcess, spawn } from 'node:child_process';
import { request } from 'node:http';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../../src/runtime/clock.ts';
import { seededRandom } from '../../src/runtime/random.ts';
import { Child } from '../children/child.ts';
import type { SimulatorAddress } from '../children/simulator.ts';
import { momentMs } from '../moment.ts';
import { percentile } from '../percentile.ts';
import { Publisher } from '../publisher.ts';
import { count, type Measurement, type Row, type RowContext } from '../row.ts';
import { type Declared, documentsOf } from '../workload.ts';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const INSTANCES = 10_000;
const FIRST_BYTE_BAR_MS = 50;
const LOAD_BAR_BYTES = 15_000;
const PAGES = 20;
const DELAY_BAR_MS = 250;
/** Nothing that was made for a look before serves one after this. */
const FORGOTTEN_AFTER_MS = 5_100;
const ADDRESSES = ['', 'instances?page=50', 'bindings', 'plan', 'history'];

export const page: Row = {
  name: 'page',
  async run(context) {
    await using world = await PageWorld.start(context);
    const first = await firstBytes(world, context);
    const loaded = await loadedBytes(world);
    const alone = await publications(world, context, 'no page is open');
    const pages = Array.from({ length: PAGES }, (_, index) => new OpenPage(world.url, index));
    const beside = await publications(world, context, `${PAGES} pages are open`);
    for (const one of pages) one.close();
    const looks = pages.reduce((sum, one) => sum + one.looks, 0);
    return [
      first,
      loaded,
      {
        what: `publish -> write call, ${count(INSTANCES)} instances, while ${PAGES} pages are open and look again with every change`,
        measured: `p50 ${beside.p50Ms} ms, p90 ${beside.p90Ms} ms; without pages p50 ${alone.p50Ms} ms, p90 ${alone.p90Ms} ms (${count(looks)} looks)`,
        bar: `p50 at most ${DELAY_BAR_MS} ms later than without`,
        met: beside.p50Ms - alone.p50Ms < DELAY_BAR_MS,
        values: { ...beside, alone50Ms: alone.p50Ms, alone90Ms: alone.p90Ms, looks },
      },
    ];
  },
};

/** A simulated cloud, a published directory, and the program as people start it. */
class PageWorld implements AsyncDisposable {
  readonly simulator = new Child('simulator', WORKLOAD);
  readonly publisher = new Publisher(10);
  readonly documents: Declared[] = documentsOf(WORKLOAD);
  url = '';
  #program: ChildProcess | undefined;

  static async start({ progress }: RowContext): Promise<PageWorld> {
    const world = new PageWorld();
    progress(`page: starting with ${count(INSTANCES)} instances`);
    const { url, secretId, secretKey } = await world.simulator.ask<SimulatorAddress>('address');
    const { publisher } = world;
    publisher.prepare(world.documents);
    publisher.publish();
    publisher.removeOld();
    const args = ['run', '--source', publisher.root, '--state-dir', publisher.stateDir, '--endpoint', url];
    const more = ['--api', 'v3', '--interval', '1h', '--page-listen', '127.0.0.1:0', '--log-format', 'json'];
    const keys = { TENCENTCLOUD_SECRET_ID: secretId, TENCENTCLOUD_SECRET_KEY: secretKey };
    const env = { PATH: process.env.PATH, HOME: '/nonexistent', ...keys };
    world.#program = spawn(process.execPath, [MAIN, ...args, ...more], {
      env,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let log = '';
    world.#program.stderr?.on('data', (text: Buffer) => {
      log = (log + text.toString()).slice(-100_000);
      world.url ||= /"url":"(http:[^"]+)"/.exec(log)?.[1] ?? '';
    });
    while (!(await world.#isInSync())) await systemClock.sleep(200);
    return world;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#program?.kill('SIGKILL');
    await this.simulator[Symbol.asyncDispose]();
    this.publisher[Symbol.dispose]();
  }

  async #isInSync(): Promise<boolean> {
    if (this.url === '') return false;
    const { totals } = (await (await fetch(`${this.url}/?format=json`)).json()) as { totals: string };
    return totals.endsWith(`${count(INSTANCES)} of ${count(INSTANCES)} instances in sync`);
  }
}

const WORKLOAD = { instances: INSTANCES, lists: INSTANCES, instancesPerDocument: 1, drifted: 0 };

/** Each address is asked first, when nothing is made yet, and after others. */
async function firstBytes(world: PageWorld, { quick, progress }: RowContext): Promise<Measurement> {
  const times: number[] = [];
  const rounds = quick ? 1 : 2;
  for (let round = 0; round < rounds * ADDRESSES.length; round++) {
    progress(`page: first byte, round ${round + 1} of ${rounds * ADDRESSES.length}`);
    await systemClock.sleep(FORGOTTEN_AFTER_MS);
    for (let index = 0; index < ADDRESSES.length; index++) {
      const address = ADDRESSES[(round + index) % ADDRESSES.length] ?? '';
      times.push((await look(`${world.url}/${address}`)).firstByteMs);
    }
  }
  times.sort((a, b) => a - b);
  const [p50Ms, p99Ms] = [percentile(times, 0.5), percentile(times, 0.99)];
  return {
    what: `first byte of each page, ${count(INSTANCES)} bindings and instances`,
    measured: `p50 ${p50Ms} ms, p99 ${p99Ms} ms over ${times.length} looks`,
    bar: `p99 under ${FIRST_BYTE_BAR_MS} ms`,
    met: p99Ms < FIRST_BYTE_BAR_MS,
    values: { p50Ms, p99Ms, looks: times.length },
  };
}

async function loadedBytes({ url }: PageWorld): Promise<Measurement> {
  const parts = await Promise.all(
    ['plan?binding=none', 'page.css', 'page.js', 'icon.svg'].map((path) => look(`${url}/${path}`)),
  );
  const { bytes: rowsBytes } = await look(`${url}/instances`);
  const bytes = parts.reduce((sum, part) => sum + part.bytes, 0);
  return {
    what: 'compressed bytes of a first load without rows',
    measured: `${count(bytes)} bytes (a page of instances alone: ${count(rowsBytes)} bytes)`,
    bar: `at most ${count(LOAD_BAR_BYTES)} bytes`,
    met: bytes <= LOAD_BAR_BYTES,
    values: { bytes, rowsBytes },
  };
}

const random = seededRandom(7);
let changed = 0;

async function publications(
  world: PageWorld,
  { quick, progress }: RowContext,
  meanwhile: string,
): Promise<{ readonly p50Ms: number; readonly p90Ms: number }> {
  const times: number[] = [];
  const wanted = quick ? 6 : 16;
  for (let index = 0; index < wanted; index++) {
    const document = world.documents[changed] as Declared;
    world.documents[changed] = { ...document, sgIds: document.sgIds.toReversed() };
    changed++;
    world.publisher.prepare(world.documents);
    await world.simulator.ask('watch', document.instanceIds[0]);
    // At no special moment of the poll; what the one before began has ended then.
    await systemClock.sleep(1_000 + random.next() * 1_000);
    const publishedAtMs = world.publisher.publish();
    times.push((await world.simulator.ask<number>('written')) - publishedAtMs);
    world.publisher.removeOld();
    progress(`page: ${meanwhile}, ${index + 1} of ${wanted}: ${Math.round(times.at(-1) ?? 0)} ms`);
  }
  times.sort((a, b) => a - b);
  return { p50Ms: percentile(times, 0.5), p90Ms: percentile(times, 0.9) };
}

/** A browser as far as the server sees one: it follows the stream, and looks again when that says `changed`. */
class OpenPage {
  looks = 0;
  readonly #stop = new AbortController();

  constructor(url: string, index: number) {
    void this.#follow(url, ADDRESSES[index % ADDRESSES.length] ?? '').catch(() => {});
  }

  close(): void {
    this.#stop.abort();
  }

  async #follow(url: string, address: string): Promise<void> {
    const { body } = await fetch(`${url}/events`, { signal: this.#stop.signal });
    for await (const part of body ?? []) {
      if (!Buffer.from(part as Uint8Array).includes('changed')) continue;
      this.looks++;
      await look(`${url}/${address}`);
    }
  }
}

function look(url: string): Promise<{ readonly firstByteMs: number; readonly bytes: number }> {
  return new Promise((resolve, reject) => {
    const startedMs = momentMs();
    const asked = request(url, { headers: { 'accept-encoding': 'gzip' } }, (reply) => {
      let [firstByteMs, bytes] = [0, 0];
      reply.on('data', (part: Buffer) => {
        firstByteMs ||= momentMs() - startedMs;
        bytes += part.length;
      });
      reply.on('end', () => resolve({ firstByteMs, bytes }));
    });
    asked.on('error', reject);
    asked.end();
  });
}
