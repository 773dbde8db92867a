/** `npm run bench -- [ROWS...] [--quick] [--json FILE] [--page FILE]`: measures, prints one table, writes it as JSON. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { thisMachine } from './machine.ts';
import type { Row } from './row.ts';
import { bystander } from './rows/bystander.ts';
import { convergeV2, convergeV3 } from './rows/converge.ts';
import { exportRow } from './rows/export.ts';
import { firewall } from './rows/firewall.ts';
import { memory } from './rows/memory.ts';
import { oneByOne } from './rows/one-by-one.ts';
import { operator } from './rows/operator.ts';
import { operatorLarge } from './rows/operator-large.ts';
import { page as pageRow } from './rows/page.ts';
import { plan } from './rows/plan.ts';
import { publish } from './rows/publish.ts';
import { simulation } from './rows/simulation.ts';
import { sweep } from './rows/sweep.ts';
import { validate } from './rows/validate.ts';
import { yardstick } from './rows/yardstick.ts';
import { page, type Results, table } from './table.ts';

const ROWS: readonly Row[] = [
  convergeV3,
  convergeV2,
  oneByOne,
  sweep,
  bystander,
  publish,
  pageRow,
  plan,
  firewall,
  memory,
  validate,
  exportRow,
  simulation,
  yardstick,
  operator,
  operatorLarge,
];

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    json: { type: 'string', default: 'bench/results.json' },
    page: { type: 'string' },
  },
});

const unknown = positionals.find((name) => !ROWS.some((row) => row.name === name));
if (unknown === undefined) await measure();
else {
  process.stderr.write(
    `There is no row "${unknown}"; the rows are ${ROWS.map((row) => row.name).join(', ')}.\n`,
  );
  process.exitCode = 1;
}

async function measure(): Promise<void> {
  const context = {
    quick: values.quick,
    progress: (line: string) => void process.stderr.write(`${line}\n`),
  };
  const chosen = ROWS.filter(({ name, optIn }) =>
    positionals.length === 0 ? optIn !== true : positionals.includes(name),
  );
  const measurements: Results['measurements'][number][] = [];
  for (const row of chosen) {
    const measured = await row.run(context);
    measurements.push(...measured.map((one) => ({ row: row.name, ...one })));
  }
  const results: Results = { machine: thisMachine(), measurements };
  process.stdout.write(table(results));
  if (values.quick) return;
  const all = { ...results, measurements: merged(earlier(), measurements) };
  writeFileSync(values.json, `${JSON.stringify(all, null, 2)}\n`);
  if (values.page !== undefined) writeFileSync(values.page, page(all));
  if (measurements.some(({ met }) => met === false)) process.exitCode = 1;
}

/** What earlier runs measured: rows that were not chosen keep their figures. */
function earlier(): Results['measurements'] {
  if (!existsSync(values.json)) return [];
  return (JSON.parse(readFileSync(values.json, 'utf8')) as Results).measurements;
}

function merged(before: Results['measurements'], now: Results['measurements']): Results['measurements'] {
  const measured = new Set(now.map(({ row }) => row));
  const kept = before.filter(({ row }) => !measured.has(row));
  const order = (row: string) => ROWS.findIndex(({ name }) => name === row);
  return [...kept, ...now].sort((a, b) => order(a.row) - order(b.row));
}
