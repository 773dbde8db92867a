/** Reads the instances of one revision and makes the plan for them, without writing anything anywhere. */

import type { BindingKey } from '../../api/ids.ts';
import { Controller } from '../../controller/controller.ts';
import type { StatusView } from '../../controller/report/status-view.ts';
import type { ScopeController } from '../../controller/scope/scope-controller.ts';
import type { CloudError } from '../../core/cloud-error.ts';
import { scopeKey } from '../../core/model.ts';
import type { PlanRow } from '../../core/plan-row.ts';
import { StaticSource } from '../../directory/static-source.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Log } from '../../runtime/log.ts';
import { LocalState } from '../../store/local-state.ts';
import { openInMemory } from '../../store/sqlite/state-file.ts';
import type { CommandContext } from '../command.ts';
import { type Machine, SYSTEM_MACHINE } from '../wiring/clock-and-random.ts';
import type { CloudWiring } from '../wiring/cloud-wiring.ts';
import { controllerSettings } from '../wiring/controller-settings.ts';
import type { DesiredState } from '../wiring/directory-reading.ts';

export interface GatherOptions {
  readonly reading: DesiredState;
  readonly cloud: CloudWiring;
  readonly log: Log;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Absent: this one. */
  readonly machine?: Machine;
}

export interface GatheredPlan {
  /** Sorted by binding, then instance. */
  readonly rows: readonly PlanRow[];
  /** What the groups are called. */
  readonly names: ReadonlyMap<string, string>;
  /** Bindings whose members are not those that their selector fits. */
  readonly selectionProblems: ReturnType<StatusView['selectionProblems']>;
  /** Bindings whose selector fits no instance, by key. */
  readonly fitNone: readonly BindingKey[];
  /** Scopes that could not be read, with the failure that every call met. */
  readonly unreachable: readonly { readonly scope: string; readonly error: CloudError }[];
}

const POLL_MS = 25;
/** A scope whose every call fails is given up when nothing was read for this long. */
const PATIENCE_MS = 8_000;
/** The same for a failure that repetition does not mend; other instances of its batch are read meanwhile. */
const SHORT_PATIENCE_MS = 2_000;
/** An instance whose reads keep failing is given up after this many. */
const READ_ATTEMPTS = 5;
/** The same where the requests do not even arrive. */
const UNSENT_ATTEMPTS = 3;

/** Rejects only when the signal aborts. */
export async function gatherPlan(context: CommandContext, options: GatherOptions): Promise<GatheredPlan> {
  const { reading, cloud, log, timeoutMs, signal } = options;
  const { clock, random } = options.machine ?? SYSTEM_MACHINE;
  using memory = openInMemory();
  const state = new LocalState(memory, { clock, actor: 'plan' });
  const controller = new Controller({
    sources: [new StaticSource(reading.directory, reading.bindings)],
    sinks: [],
    cloud: cloud.provider,
    ruleReaders: cloud.ruleReaders,
    journal: state,
    inventory: state,
    settings: { ...controllerSettings(context.globals, log, { directory: true }), readOnly: true },
    clock,
    random,
    log,
  });
  const stop = new AbortController();
  const running = controller.run(stop.signal);
  try {
    await untilRead(controller, { timeoutMs, signal, clock });
    const unreachable = [...controller.scopes].flatMap((scope) => {
      const error = failureOfAll(scope);
      return error === undefined ? [] : [{ scope: scopeKey(scope.scope), error }];
    });
    return {
      rows: controller.statusView.plan(),
      names: controller.groupNames(),
      selectionProblems: controller.statusView.selectionProblems(),
      fitNone: fitNone(controller),
      unreachable,
    };
  } finally {
    stop.abort();
    controller.abort();
    await running;
  }
}

function fitNone({ claims }: Controller): BindingKey[] {
  return [...claims.bindings.values()]
    .filter(
      ({ selector, selection, instanceIds }) =>
        selector !== undefined && selection === undefined && instanceIds.length === 0,
    )
    .map(({ key }) => key)
    .sort();
}

/** The failure that every read of a scope met; undefined when at least one instance was read. */
function failureOfAll({ records, problem }: ScopeController): CloudError | undefined {
  const failures = [...records.values()].map((record) => record.readFailure?.error);
  if (failures.length === 0 || failures.includes(undefined)) return problem.cloud;
  return problem.cloud ?? failures[0];
}

/** Waits until every instance was read, or will not be, and so for the groups of each scope, and for the rules that a guard asks for. */
async function untilRead(
  controller: Controller,
  {
    timeoutMs,
    signal,
    clock,
  }: { readonly timeoutMs: number; readonly signal: AbortSignal; readonly clock: Clock },
): Promise<void> {
  const startedAtMs = clock.now();
  let progress = -1;
  let progressAtMs = startedAtMs;
  for (;;) {
    const nowMs = clock.now();
    const { done, open } = countRead(controller, nowMs - progressAtMs);
    if ((open === 0 && !controller.isTakingIn) || nowMs - startedAtMs >= timeoutMs) return;
    if (done !== progress) {
      progress = done;
      progressAtMs = nowMs;
    }
    await clock.sleep(POLL_MS, signal);
  }
}

function countRead(
  controller: Controller,
  quietMs: number,
): { readonly done: number; readonly open: number } {
  let done = 0;
  let open = controller.unlisted;
  for (const scope of controller.scopes) {
    const { cloud } = scope.problem;
    for (const record of scope.records.values()) {
      const failure = record.readFailure;
      if (record.observed !== undefined || record.missing) done++;
      else if (failure !== undefined && isHopeless(failure.error, quietMs, failure.attempts)) continue;
      else if (cloud === undefined || !isHopeless(cloud, quietMs, 0)) open++;
    }
    // A reading of rules ends, well or not.
    if (scope.rulesPending) open++;
    if (awaitsGroups(scope)) {
      if (quietMs < SHORT_PATIENCE_MS) open++;
    } else {
      done++;
    }
  }
  return { done, open };
}

/** Whether its groups are still to be read, which only a scope that answers can do. */
function awaitsGroups(scope: ScopeController): boolean {
  return (
    scope.records.size > 0 && scope.problem.cloud === undefined && scope.rules().groups.state === 'unknown'
  );
}

/** Whether waiting longer cannot help: the keys are refused, nobody answers, or this one instance cannot be read. */
function isHopeless(error: CloudError, quietMs: number, attempts: number): boolean {
  switch (error.kind) {
    case 'throttled':
    case 'retired':
      return false;
    case 'network':
    case 'transient':
    case 'partial':
      if (!error.sent && (attempts === 0 || attempts >= UNSENT_ATTEMPTS)) return true;
      return quietMs >= PATIENCE_MS || attempts >= READ_ATTEMPTS;
    case 'region':
      return true;
    case 'credential':
    case 'clock':
      return attempts !== 1;
    case 'denied':
    case 'not-found':
    case 'invalid':
    case 'quota':
    case 'blocked':
      return quietMs >= SHORT_PATIENCE_MS;
    default:
      return error.kind satisfies never;
  }
}
