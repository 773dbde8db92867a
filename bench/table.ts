/** The table of a run, for people: on a terminal and as a page. */
import type { Machine } from './machine.ts';
import type { Measurement } from './row.ts';

export interface Results {
  readonly machine: Machine;
  readonly measurements: readonly (Measurement & { readonly row: string })[];
}

const HEAD = ['row', 'what', 'measured', 'bar', ''];

/** A Markdown table, padded so that it reads well as text too. */
export function table({ measurements }: Results): string {
  const rows = measurements.map(({ row, what, measured, bar, met }) => [
    row,
    what,
    measured,
    bar,
    status(met),
  ]);
  const widths = HEAD.map((head, column) =>
    Math.max(3, head.length, ...rows.map((cells) => cells[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  return [line(HEAD), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line), ''].join('\n');
}

/** `docs/benchmarks.md`. */
export function page(results: Results): string {
  const { cpu, cores, memory, system, node } = results.machine;
  return `# Benchmarks

Measured on ${cpu}, ${cores} cores, ${memory} of memory, ${system}, Node.js ${node}. Each row is measured by
\`npm run bench -- ROW\`, all of them but \`operator-large\` by \`npm run bench\`; with \`--page docs/benchmarks.md\` it writes this page.
The raw numbers are in \`bench/results.json\`.

The rows of the operator are held against a conventional Go operator (controller-runtime with its defaults, ten workers, one read and
one write for each binding, the vendor's SDK). Its figures in the bars were measured before on a machine of the same size; the rows
named \`yardstick\` hold cvmsg against one of this kind (\`bench/yardstick/\`) side by side, with a tenth of the bindings.

${table(results)}
How it is measured
- Real time and real sockets. The simulator is a process of its own on the loopback interface; every call takes 30 ms
  there and meets the cloud's quotas: 10 writes and 40 reads a second for one account and region. The engine is another
  process, with its state file on disk and an intent synced to it before each write call leaves.
- The quota bound is the time that the write calls alone take at 10 a second, each as full as the API allows: 100
  instances of one ordered list on API 3.0, 20 instances on API 2.0. Time counts from the first call to the moment
  at which the cloud changed the last list.
- A publication writes a whole new worktree and renames a link to it, as git-sync does; one document differs. Time
  counts from the rename to the arrival of the write call. On the way the engine reads the revision, and the instance.
- The one-call-for-each-instance way reads one instance and writes one instance, one after the other, within the quota.
  It is measured on fewer instances and scaled.
- The publish rows were taken with nothing else running. With a file for each of the 10,000 documents and other work on
  both cores, one or two publications of 50 took 1.1 to 1.6 s.
- Memory of the operator is that of the process as the image starts it, the pages of the Node.js program included:
  they are about 60 MiB of it.
- How long it takes until every status says Ready depends on the API server, which is measured beside it: so many
  status patches a second are all it takes on these two cores, without a controller.
`;
}

function status(met: boolean | undefined): string {
  if (met === undefined) return '';
  return met ? 'met' : 'MISSED';
}
