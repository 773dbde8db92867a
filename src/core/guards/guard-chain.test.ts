import { describe, expect, it } from 'vitest';
import type { InstanceId, SecurityGroupId } from '../../api/ids.ts';
import { bindingKey } from '../../api/ids.ts';
import { DEFAULT_GUARD_RULES } from '../guard-port.ts';
import type { Binding, ObservedInstance } from '../model.ts';
import { guard } from './guard-chain.ts';

const NOW_MS = Date.UTC(2026, 0, 1);

const groups = (count: number) =>
  Array.from({ length: count }, (_, n) => `sg-0000000${n}` as SecurityGroupId);
const binding: Binding = {
  key: bindingKey('shop', 'web'),
  namespace: 'shop',
  name: 'web',
  scope: { account: 'default', region: 'ap-guangzhou' },
  instanceIds: ['ins-00000001' as InstanceId],
  sgIds: groups(2),
  mode: 'Enforce',
  suspend: false,
  origin: { kind: 'directory', file: 'web.yaml', line: 1, column: 1, revision: 'r1' },
};
const observed: ObservedInstance = {
  instanceId: 'ins-00000001' as InstanceId,
  sgIds: [],
  state: 'RUNNING',
  restrictState: 'NORMAL',
  latestOperationState: 'SUCCESS',
};

interface Row {
  readonly reason: string;
  readonly binding?: Partial<Binding>;
  readonly observed?: Partial<ObservedInstance>;
  readonly spoken?: string;
  readonly outcome?: string;
}

const SELECTION = { reason: 'NotObserved', message: 'not listed yet', unconfirmed: true } as const;
const SELECTOR = { tags: { app: 'web' }, excluded: [] };

const ROWS: readonly Row[] = [
  {
    reason: 'what the selector fits by its own tags may be written before the listing',
    binding: { selector: SELECTOR, selection: SELECTION },
    observed: { tags: { app: 'web' } },
  },
  {
    reason: 'a member from before that the selector does not fit waits for the listing',
    binding: { selector: SELECTOR, selection: SELECTION },
    observed: { tags: { app: 'db' } },
    spoken: 'selection',
    outcome: 'waiting',
  },
  {
    reason: 'a member that a listing has shown once may be written, whatever its tags have become',
    binding: { selector: SELECTOR, selection: { reason: 'SelectionRefused', message: 'too sudden' } },
    observed: { tags: { app: 'db' } },
  },
  { reason: 'a running instance may be written' },
  { reason: 'a plain stopped instance may be written', observed: { state: 'STOPPED' } },
  { reason: 'a rebooting instance is left to the cloud to judge', observed: { state: 'REBOOTING' } },
  { reason: 'a state that the cloud left out does not forbid', observed: { state: '', restrictState: '' } },
  { reason: 'as many groups as are allowed pass', binding: { sgIds: groups(5) } },
  { reason: 'a suspended binding holds', binding: { suspend: true }, spoken: 'suspended', outcome: 'held' },
  {
    reason: 'a binding holds until its time',
    binding: { suspendUntilMs: NOW_MS + 1 },
    spoken: 'suspended',
    outcome: 'held',
  },
  { reason: 'a time that has come holds nothing', binding: { suspendUntilMs: NOW_MS } },
  {
    reason: 'suspend holds, whatever the time',
    binding: { suspend: true, suspendUntilMs: NOW_MS - 1 },
    spoken: 'suspended',
    outcome: 'held',
  },
  { reason: 'Observe holds', binding: { mode: 'Observe' }, spoken: 'observe-only', outcome: 'held' },
  {
    reason: 'suspend speaks before Observe',
    binding: { suspend: true, mode: 'Observe' },
    spoken: 'suspended',
    outcome: 'held',
  },
  {
    reason: 'no groups at all are refused',
    binding: { sgIds: [] },
    spoken: 'never-empty',
    outcome: 'refused',
  },
  { reason: 'one group too many', binding: { sgIds: groups(6) }, spoken: 'group-limit', outcome: 'refused' },
  {
    reason: 'what the user asked for speaks before what is wrong with the plan',
    binding: { suspend: true, sgIds: groups(6) },
    spoken: 'suspended',
    outcome: 'held',
  },
  {
    reason: 'what a person has to change speaks before what passes by itself',
    binding: { sgIds: groups(6) },
    observed: { restrictState: 'EXPIRED' },
    spoken: 'group-limit',
    outcome: 'refused',
  },
  ...['EXPIRED', 'PROTECTIVELY_ISOLATED'].map((restrictState) => ({
    reason: `${restrictState} waits`,
    observed: { restrictState },
    spoken: 'instance-state',
    outcome: 'waiting',
  })),
  ...[
    'PENDING',
    'LAUNCH_FAILED',
    'TERMINATING',
    'SHUTDOWN',
    'ENTER_RESCUE_MODE',
    'RESCUE_MODE',
    'SERVICE_LIVE_MIGRATE',
  ].map((state) => ({
    reason: `${state} waits`,
    observed: { state },
    spoken: 'instance-state',
    outcome: 'waiting',
  })),
];

describe('guard', () => {
  it.each(ROWS)('$reason', (row) => {
    const result = guard({
      binding: { ...binding, ...row.binding },
      observed: { ...observed, ...row.observed },
      steps: [{ op: 'add', sgId: groups(1)[0] as SecurityGroupId, to: 0 }],
      rules: DEFAULT_GUARD_RULES,
      wallMs: NOW_MS,
    });
    expect(result?.guard, row.reason).toBe(row.spoken);
    expect(result?.outcome, row.reason).toBe(row.outcome);
  });

  it('names the state that it waits for and the limit that it keeps', () => {
    const context = { steps: [], rules: { ...DEFAULT_GUARD_RULES, maxGroupsPerInstance: 1 }, wallMs: NOW_MS };
    const refused = guard({ binding, observed, ...context });
    expect(refused?.message).toContain('2 groups, more than the 1');
    const waiting = guard({
      binding: { ...binding, sgIds: groups(1) },
      observed: { ...observed, restrictState: 'EXPIRED' },
      ...context,
    });
    expect(waiting?.message).toContain('EXPIRED');
  });
});
