/** The report of a simulated week, as somebody sees it who opens the file, and as a printer gets it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import axe from 'axe-core';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bindingKey } from '../../src/api/ids.ts';
import type { Origin } from '../../src/core/model.ts';
import { OPEN_POLICY } from '../../src/core/policy.ts';
import type { Report } from '../../src/core/report.ts';
import { reportPage } from '../../src/http/page/report-page.ts';
import { reportOfState } from '../../src/manager/report-data.ts';
import { openInMemory } from '../../src/store/sqlite/state-file.ts';
import { groups, ins, SmallWorld } from '../faults/small-world.ts';
import { openBrowser, visit } from './browser.ts';

const DAY_MS = 86_400_000;
const HOSTILE = '<img src=x onerror="document.title=1"><script>document.title=1</script>';
const POLICY = {
  ...OPEN_POLICY,
  forbidden: [{ sgId: groups('f')[0] ?? 'sg-ffffffff', where: {} }],
  windows: [
    {
      ...{ name: 'never', effect: 'deny', schedule: '* * * * *', durationMs: 60_000, timeZone: 'UTC' },
      where: { namespaces: ['night'] },
    },
  ],
} as never;

/** Where a binding was written, by somebody who names files as they please. */
const from = (revision: string): { origin: Origin } => ({
  origin: { kind: 'directory', file: `${HOSTILE}.yaml`, line: 1, column: 1, revision },
});

/** A week in which everything happens that a report tells of. */
async function week(): Promise<{ world: SmallWorld; report: Report }> {
  const rules = { a: [{ action: 'ACCEPT', protocol: 'TCP', port: '22', cidrBlock: '0.0.0.0/0' }] } as const;
  const world = new SmallWorld({ rules, settings: { policy: POLICY } });
  const fromMs = world.clock.wall();
  const emergency = { untilMs: world.clock.now() + 60_000, reason: `${HOSTILE} is on fire` };
  const urgent = { key: bindingKey('night', 'urgent'), namespace: 'night' };
  world.declare('urgent', [ins(5)], 'b', { ...from('r1'), ...urgent, emergency });
  world.declare('web', [ins(0), ins(1)], 'b');
  world.declare('watched', [ins(2)], 'a b', { mode: 'Observe' });
  world.declare('resting', [ins(3)], 'b a', { suspend: true });
  world.declare('forbidden', [ins(4)], 'f a');
  await world.clock.advance(DAY_MS);
  world.simulator.state.setList(ins(0), groups('a b'));
  await world.clock.advance(2 * DAY_MS);
  world.simulator.state.setList(ins(2), groups('b'));
  await world.clock.advance(fromMs + 7 * DAY_MS - 600_000 - world.clock.wall());
  while (world.clock.wall() < fromMs + 7 * DAY_MS) {
    world.simulator.state.setList(ins(1), groups('c'));
    await world.clock.advance(60_000);
  }
  const time = { sinceMs: fromMs, untilMs: world.clock.wall() };
  return { world, report: reportOfState(openInMemory(world.database), time, { clock: world.clock }) };
}

let browser: Browser;
let report: Report;
let folder: string;
let url: string;

beforeAll(async () => {
  browser = await openBrowser();
  const simulated = await week();
  report = simulated.report;
  await simulated.world.stop();
  folder = mkdtempSync(join(tmpdir(), 'cvmsg-report-'));
  const file = join(folder, 'report.html');
  writeFileSync(file, String(await reportPage(report, { version: '1.2.3', command: 'cvmsg report' })));
  url = pathToFileURL(file).href;
});
afterAll(async () => {
  await browser?.close();
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
});

describe('the report of a week', () => {
  it('tells of everything that happened', () => {
    expect(report.totals).toBe(
      '5 bindings: 1 ready, 4 not ready, 1 suspended, 1 only observed; 2 of 6 instances in sync',
    );
    const reasons = (remarks: Report['refused']) =>
      remarks.map(({ binding, reason }) => `${binding} ${reason}`);
    expect(reasons(report.contested)).toEqual(['shop/web Contested']);
    expect(reasons(report.refused)).toEqual(['shop/forbidden ForbiddenGroup']);
    expect(reasons(report.suspended)).toEqual(['shop/resting Suspended']);
    expect(report.emergencies).toMatchObject([
      {
        binding: 'night/urgent',
        declared: `${HOSTILE}.yaml:1 at r1`,
        traffic: 'closes tcp/22 from 0.0.0.0/0',
      },
    ]);
    const ofDrift = (id: string) => report.drift.filter(({ instanceId }) => instanceId === id);
    expect(ofDrift(ins(0))).toMatchObject([{ traffic: 'the repair closes tcp/22 from 0.0.0.0/0' }]);
    expect(ofDrift(ins(0))[0]?.atMostSeconds).toBeLessThanOrEqual(120);
    expect(ofDrift(ins(1)).length).toBeGreaterThanOrEqual(3);
    expect(ofDrift(ins(2))).toMatchObject([{ traffic: expect.stringContaining('closed tcp/22') }]);
    expect(ofDrift(ins(2))[0]?.repaired).toBeUndefined();
  });

  it('reads as one page without script that loads nothing, whatever people have named their files', async () => {
    await using visited = await visit(browser, url);
    const { page, complaints } = visited;
    const text = await page.locator('main').textContent();
    for (const said of [report.totals, HOSTILE, 'closes tcp/22', 'is on fire', 'Suspended'])
      expect(text).toContain(said);
    expect(await page.locator('main img, script, link, iframe').count()).toBe(0);
    expect(await page.title()).toContain('Report of ');
    expect(complaints).toEqual([]);
  });

  it.each(['light', 'dark'] as const)('has nothing that axe-core finds, in %s', async (colorScheme) => {
    await using visited = await visit(browser, url, { colorScheme });
    await visited.page.evaluate(axe.source);
    const { violations } = await visited.page.evaluate<{ violations: { id: string }[] }>('axe.run()');
    expect(violations.map(({ id }) => id)).toEqual([]);
  });

  it('prints on paper, without the frame of a screen', async () => {
    await using visited = await visit(browser, url);
    const paper = await visited.page.pdf({ format: 'A4' });
    expect(paper.subarray(0, 5).toString()).toBe('%PDF-');
    await visited.page.emulateMedia({ media: 'print' });
    await visited.page.setViewportSize({ width: 794, height: 1_123 });
    const widths = await visited.page.evaluate<[number, number]>(
      '[document.documentElement.scrollWidth, document.documentElement.clientWidth]',
    );
    expect(widths[0]).toBeLessThanOrEqual(widths[1]);
  });
});
