/** Bringing an existing fleet under care: export, plan on what was written, and export again. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../../src/runtime/clock.ts';
import { Child } from '../children/child.ts';
import type { CallSummary, SimulatorAddress } from '../children/simulator.ts';
import { count, type Measurement, type Row, seconds } from '../row.ts';
import { REGION } from '../workload.ts';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const PAGE = 100;
const READS_PER_SECOND = 40;

interface Run {
  readonly stdout: string;
  readonly tookMs: number;
  readonly summary: CallSummary;
}

export const exportRow: Row = {
  name: 'export',
  async run({ quick, progress }) {
    const instances = quick ? 2_000 : 10_000;
    const lists = instances / 50;
    const workload = { instances, lists, instancesPerDocument: 1, drifted: 0 };
    await using simulator = new Child('simulator', workload);
    const address = await simulator.ask<SimulatorAddress>('address');
    const folder = mkdtempSync(join(tmpdir(), 'cvmsg-bench-'));
    const out = join(folder, 'bindings');
    const run = async (...args: string[]): Promise<Run> => {
      await systemClock.sleep(1_000);
      await simulator.ask('clear');
      const { stdout, tookMs } = command(args, { address, stateDir: join(folder, 'state') });
      return { stdout, tookMs, summary: await simulator.ask<CallSummary>('summary') };
    };
    const exportArgs = ['export', '--region', REGION, '--all', '--out', out];
    try {
      progress(`export: ${count(instances)} instances`);
      const first = await run(...exportArgs);
      progress('export: plan on what was written');
      const planned = await run('plan', out);
      progress('export: a second time');
      const second = await run(...exportArgs);
      const unchanged = second.stdout.includes(`0 files written, ${count(lists)} unchanged, 0 removed`);
      return [
        measurement(`export of ${count(instances)} instances with ${count(lists)} lists`, instances, first),
        measurement('plan on the result, nothing to change', instances, planned),
        measurement('the same export again, no file touched', instances, second, unchanged),
      ];
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

function command(
  args: readonly string[],
  options: { readonly address: SimulatorAddress; readonly stateDir: string },
): { readonly stdout: string; readonly tookMs: number } {
  const { url, secretId, secretKey } = options.address;
  const env = {
    ...process.env,
    TENCENTCLOUD_SECRET_ID: secretId,
    TENCENTCLOUD_SECRET_KEY: secretKey,
    CVMSG_ENDPOINT: url,
    CVMSG_API: 'v3',
    CVMSG_STATE_DIR: options.stateDir,
    CVMSG_READS_PER_SECOND: String(READS_PER_SECOND),
  };
  const startedMs = systemClock.now();
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], { encoding: 'utf8', env });
  const tookMs = systemClock.now() - startedMs;
  if (status !== 0) throw new Error(`cvmsg ${args[0]} ended with ${status}: ${stdout}${stderr}`);
  return { stdout, tookMs };
}

function measurement(what: string, instances: number, { summary, tookMs }: Run, holds = true): Measurement {
  const bound = instances / PAGE;
  const boundMs = (bound / READS_PER_SECOND) * 1_000;
  const ratio = summary.reads / bound;
  return {
    what,
    measured: `${summary.reads} reads (${ratio.toFixed(2)} of the bound), ${summary.throttled} throttled, ${seconds(tookMs)} with the start of the process`,
    bar: `exactly ${count(bound)} reads; the quota alone takes ${seconds(boundMs)}`,
    met: holds && ratio === 1 && summary.throttled === 0,
    values: { reads: summary.reads, ratio, throttled: summary.throttled, tookMs, boundMs },
  };
}
