/** The reference page of the metrics, from what a process really serves. */
import { GUARD_REASONS, type GuardReason } from '../src/api/conditions.ts';
import { INSTANCE_STATES, type InstanceState } from '../src/core/instance-status.ts';
import { Metrics } from '../src/http/metrics.ts';
import { type FleetView, NO_FLEET, type ProcessView } from '../src/http/view.ts';
import { NOTIFICATION_RESULTS } from '../src/notify/target-queue.ts';
import { systemClock } from '../src/runtime/clock.ts';

const CALL_KINDS = { read: 0, write: 0 };
const NO_INSTANCES = Object.fromEntries(INSTANCE_STATES.map((state) => [state, 0])) as Record<
  InstanceState,
  number
>;
const NOTHING_GUARDED = Object.fromEntries(GUARD_REASONS.map((reason) => [reason, 0])) as Record<
  GuardReason,
  number
>;
/** Stands for values that nobody can list. */
const ANY = '…';

/** One scope and one watch, so that the labels of every gauge can be seen. */
const SAMPLE_VIEW: ProcessView = {
  *fleet() {
    yield;
    const fleet: FleetView = {
      ...NO_FLEET,
      scopes: [
        {
          scope: 'default@ap-guangzhou',
          leader: true,
          api: 'v2',
          depth: CALL_KINDS,
          allowed: CALL_KINDS,
          inFlight: CALL_KINDS,
          instances: NO_INSTANCES,
          guarded: NOTHING_GUARDED,
          exposed: { [ANY]: 0 },
          oldestObservationAgeSeconds: 0,
        },
      ],
    };
    return fleet;
  },
  watches: () => [
    {
      resource: 'cvmsecuritygroupbindings',
      namespace: 'shop',
      synced: true,
      following: true,
      restarts: 0,
      relists: 0,
      foundByRelist: 0,
      lastEventAgeSeconds: 0,
    },
  ],
  healthChecks: () => [],
  readyChecks: () => [],
  openJournalEntries: () => 0,
};

/** A metric as the text format tells it. */
export interface MetricFamily {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  /** Names of the labels, each with the values seen. */
  readonly labels: ReadonlyMap<string, ReadonlySet<string>>;
}

/** Every metric of the registry, in the order of their names. */
export async function metricFamilies(): Promise<readonly MetricFamily[]> {
  const families = new Map<string, { type: string; help: string; labels: Map<string, Set<string>> }>();
  const of = (name: string) => {
    const known = families.get(name);
    if (known !== undefined) return known;
    const made = { type: '', help: '', labels: new Map<string, Set<string>>() };
    families.set(name, made);
    return made;
  };
  for (const line of (await registryText()).split('\n')) {
    const reported = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line);
    if (reported?.[2] !== undefined)
      of(reported[2])[reported[1] === 'HELP' ? 'help' : 'type'] = reported[3] ?? '';
    const sample = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? \S+$/.exec(line);
    if (sample?.[1] === undefined) continue;
    const base = sample[1].replace(/_(?:bucket|sum|count)$/, '');
    const { labels } = of(families.has(sample[1]) ? sample[1] : base);
    for (const [, label = '', value = ''] of (sample[2] ?? '').matchAll(/(\w+)="([^"]*)"/g)) {
      if (label !== 'le') labels.set(label, (labels.get(label) ?? new Set()).add(value));
    }
  }
  return [...families]
    .map(([name, family]) => ({ name, ...family }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The runtime's own metrics differ from machine to machine; they are named as a group. */
const RUNTIME = /^(?:process|nodejs)_/;

export async function metricsPage(banner: string): Promise<string> {
  const families = (await metricFamilies()).filter(({ name }) => !RUNTIME.test(name));
  return [
    banner,
    '',
    '# Metrics',
    '',
    'Served at `/metrics` with `--http-listen HOST:PORT`. Names that dashboards of other controllers know are kept, so those dashboards work. Labels',
    'hold no instance and no binding. `scope` is `account@region`, and so is `name` of `leader_election_master_status`. The metrics of Node.js itself',
    '(`process_*`, `nodejs_*`) are there too. What to do about them: [../runbook.md](../runbook.md).',
    '',
    '| name | type | labels | meaning |',
    '|---|---|---|---|',
    ...families.map(
      ({ name, type, help, labels }) => `| \`${name}\` | ${type} | ${labelCell(labels)} | ${help} |`,
    ),
    '',
  ].join('\n');
}

function labelCell(labels: MetricFamily['labels']): string {
  return [...labels]
    .map(([label, values]) => {
      const free = [...values].some((value) => value === ANY || value.includes('@'));
      return free ? `\`${label}\`` : `\`${label}\`: ${[...values].join(', ')}`;
    })
    .join('; ');
}

/** Requests to the API server are counted by the status that came, and notifications by targets, so some are made up to show the labels. */
function registryText(): Promise<string> {
  const metrics = new Metrics(SAMPLE_VIEW, systemClock);
  metrics.restRequest({ method: ANY, code: ANY });
  for (const result of NOTIFICATION_RESULTS) metrics.telemetry.notified(ANY, result, 0);
  return metrics.text();
}
