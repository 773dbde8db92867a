/** Prometheus' own judge over the rules: that they parse, and when they fire. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';

const available = promtoolIsHere();
const why = available ? '' : ' (skipped: no promtool; Debian ships it in the package prometheus)';

const A = 'instance="a", namespace="cvmsg-system", pod="a"';
const B = 'instance="b", namespace="cvmsg-system", pod="b"';
const SCOPE = 'default@ap-guangzhou';
const leads = (replica: string, value: number) => ({
  series: `leader_election_master_status{${replica}, name="${SCOPE}"}`,
  values: `${value}x200`,
});
const series = (name: string, labels: string, values: string) => ({ series: `${name}{${labels}}`, values });
const healthy = [leads(A, 1), leads(B, 0), series('cvmsg_bindings', `${A}, ready="False"`, '0x200')];

interface Row {
  readonly reason: string;
  readonly input: readonly object[];
  readonly at: string;
  readonly firing: readonly string[];
}

const ROWS: readonly Row[] = [
  { reason: 'all is well', input: healthy, at: '2h', firing: [] },
  { reason: 'nothing is scraped', input: [], at: '15m', firing: ['CvmsgAbsent'] },
  {
    reason: 'an instance of the leader waits for a person',
    input: [...healthy, series('cvmsg_instances', `${A}, scope="${SCOPE}", state="NotFound"`, '1x200')],
    at: '20m',
    firing: ['CvmsgNotReady'],
  },
  {
    reason: 'somebody else fights for an instance',
    input: [...healthy, series('cvmsg_instances', `${A}, scope="${SCOPE}", state="Contested"`, '1x200')],
    at: '5m',
    firing: ['CvmsgContested'],
  },
  {
    reason: 'a flood waits for an approval',
    input: [
      ...healthy,
      series('cvmsg_guarded_instances', `${A}, scope="${SCOPE}", reason="BlastRadius"`, '400x200'),
    ],
    at: '10m',
    firing: ['CvmsgPlanWaits'],
  },
  {
    reason: 'one of two namespaces has taken its rights away',
    input: [
      ...healthy,
      series('cvmsg_watch_following', `${A}, exported_namespace="shop"`, '0x200'),
      series('cvmsg_watch_following', `${A}, exported_namespace="bank"`, '1x200'),
      series('cvmsg_watch_last_event_age_seconds', `${A}, exported_namespace="shop"`, '0+60x200'),
    ],
    at: '25m',
    firing: ['CvmsgNamespaceNotFollowed'],
  },
  {
    reason: 'a namespace was made anew within minutes',
    input: [...healthy, series('cvmsg_watch_following', `${A}, exported_namespace="shop"`, '1x5 0x3 1x50')],
    at: '10m',
    firing: [],
  },
  {
    reason: 'somebody may have forgotten a suspension',
    input: [...healthy, series('cvmsg_longest_suspension_seconds', `${A}`, '259100+60x200')],
    at: '30m',
    firing: ['CvmsgSuspendedForDays'],
  },
  {
    reason: 'a suspension is as long as somebody may need it',
    input: [...healthy, series('cvmsg_longest_suspension_seconds', `${A}`, '0+60x200')],
    at: '3h',
    firing: [],
  },
  {
    reason: 'a standby knows an older story',
    input: [
      ...healthy,
      series('cvmsg_instances', `${B}, scope="${SCOPE}", state="Drifted"`, '1x200'),
      series('cvmsg_oldest_observation_age_seconds', `${B}, scope="${SCOPE}"`, '9000x200'),
    ],
    at: '2h',
    firing: [],
  },
  {
    reason: 'a binding stays unready on one of two replicas that lead a scope each',
    input: [
      leads(A, 1),
      leads(B, 0),
      { series: `leader_election_master_status{${A}, name="default@ap-shanghai"}`, values: '0x200' },
      { series: `leader_election_master_status{${B}, name="default@ap-shanghai"}`, values: '1x200' },
      series('cvmsg_bindings', `${A}, ready="False"`, '1x200'),
      series('cvmsg_bindings', `${B}, ready="False"`, '0x200'),
    ],
    at: '70m',
    firing: ['CvmsgBindingsNotReady'],
  },
  {
    reason: 'a repair that does not end',
    input: [...healthy, series('cvmsg_instances', `${A}, scope="${SCOPE}", state="Retrying"`, '2x200')],
    at: '20m',
    firing: ['CvmsgDriftNotRepaired'],
  },
  {
    reason: 'drift that is repaired now and then',
    input: [
      ...healthy,
      series('cvmsg_instances', `${A}, scope="${SCOPE}", state="Drifted"`, '1x5 0x5 1x5 0x5 1x5 0x50'),
    ],
    at: '30m',
    firing: [],
  },
  {
    reason: 'drift was found and repaired, minutes ago',
    input: [
      ...healthy,
      series('cvmsg_drift_total', `${A}, what="found"`, '0x8 2x200'),
      series('cvmsg_drift_total', `${A}, what="repaired"`, '0x8 2x200'),
    ],
    at: '12m',
    firing: ['CvmsgDriftFound'],
  },
  {
    reason: 'a repair of long ago was read back',
    input: [
      ...healthy,
      series('cvmsg_drift_total', `${A}, what="found"`, '2x200'),
      series('cvmsg_drift_total', `${A}, what="repaired"`, '0x8 2x200'),
    ],
    at: '12m',
    firing: [],
  },
  {
    reason: 'drift had opened something, minutes ago',
    input: [...healthy, series('cvmsg_drift_opened_total', A, '0x8 2x200')],
    at: '12m',
    firing: ['CvmsgDriftOpened'],
  },
  {
    reason: 'drift had opened something, an hour ago',
    input: [...healthy, series('cvmsg_drift_opened_total', A, '0x8 2x200')],
    at: '70m',
    firing: [],
  },
  {
    reason: 'reads stopped',
    input: [...healthy, series('cvmsg_oldest_observation_age_seconds', `${A}, scope="${SCOPE}"`, '0+60x200')],
    at: '20m',
    firing: ['CvmsgObservationTooOld'],
  },
  {
    reason: 'a tenth of the calls is throttled',
    input: [
      ...healthy,
      series(
        'cvmsg_cloud_requests_total',
        `${A}, api="v3", action="DescribeInstances", code="OK"`,
        '0+90x200',
      ),
      series(
        'cvmsg_cloud_requests_total',
        `${A}, api="v3", action="DescribeInstances", code="throttled"`,
        '0+10x200',
      ),
    ],
    at: '30m',
    firing: ['CvmsgThrottled'],
  },
  {
    reason: 'the key was disabled',
    input: [
      ...healthy,
      series(
        'cvmsg_cloud_requests_total',
        `${A}, api="v3", action="DescribeInstances", code="credential"`,
        '0+2x200',
      ),
    ],
    at: '30m',
    firing: ['CvmsgCredentialsFailing'],
  },
  {
    reason: 'nobody leads a scope',
    input: [leads(A, 0), leads(B, 0), series('cvmsg_bindings', `${A}, ready="False"`, '0x200')],
    at: '5m',
    firing: ['CvmsgNoLeader'],
  },
  {
    reason: 'another controller of the cluster stands by',
    input: [...healthy, series('leader_election_master_status', 'instance="x", name="other"', '0x200')],
    at: '5m',
    firing: [],
  },
  {
    reason: 'a watch is silent',
    input: [
      ...healthy,
      series('cvmsg_watch_last_event_age_seconds', `${A}, resource="cvmsecuritygroupbindings"`, '0+60x200'),
    ],
    at: '25m',
    firing: ['CvmsgWatchSilent'],
  },
];

describe.skipIf(!available)(`the alerts${why}`, () => {
  let folder = '';
  let names: readonly string[] = [];

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'cvmsg-alerts-'));
    const { spec } = parse(readFileSync('manifests/monitoring/prometheus-rule.yaml', 'utf8'));
    writeFileSync(join(folder, 'rules.yaml'), stringify(spec));
    names = spec.groups[0].rules.flatMap(({ alert }: { alert?: string }) => alert ?? []);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('are rules that Prometheus accepts', () => {
    expect(promtool(['check', 'rules', 'rules.yaml'])).toContain('SUCCESS');
  });

  it.each(ROWS)('tell: $reason', ({ input, at, firing }) => {
    const path = join(folder, 'test.yaml');
    writeFileSync(path, stringify(unitTest(input, at)));
    expect(firingIn(outputOf(['test', 'rules', 'test.yaml']))).toEqual(firing);
  });

  it('fire in at least one story each', () => {
    expect([...new Set(ROWS.flatMap(({ firing }) => firing))].sort()).toEqual([...names].sort());
  });

  /** Claims that nothing fires, so that the tool's complaint names what does. */
  const unitTest = (input: readonly object[], at: string) => ({
    rule_files: ['rules.yaml'],
    evaluation_interval: '1m',
    tests: [
      {
        interval: '1m',
        input_series: input,
        alert_rule_test: names.map((alertname) => ({ eval_time: at, alertname, exp_alerts: [] })),
      },
    ],
  });

  const promtool = (args: readonly string[]) =>
    execFileSync('promtool', args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

  const outputOf = (args: readonly string[]): string => {
    try {
      return promtool(args);
    } catch (error) {
      const { stdout, stderr } = error as { stdout: string; stderr: string };
      return `${stdout}${stderr}`;
    }
  };

  const firingIn = (output: string): string[] => {
    const known = /SUCCESS|FAILED/.test(output);
    if (!known) throw new Error(`promtool said: ${output}`);
    return [...output.matchAll(/alertname: (\w+), time/g)].map(([, name = '']) => name);
  };
});

function promtoolIsHere(): boolean {
  try {
    execFileSync('promtool', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
