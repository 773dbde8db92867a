/** Reads the instances of one revision and makes the plan for them, without writing anything anywhere. */

import type { BindingKey, InstanceId } from '../../api/ids.ts';
import type { Controller } from '../../controller/controller.ts';
import type { UnreachableScope } from '../../controller/observe-once.ts';
import type { StatusView } from '../../controller/report/status-view.ts';
import { placedHint } from '../../core/approve-hint.ts';
import type { PlanRow } from '../../core/plan-row.ts';
import { shellWord } from '../../core/text/shell-word.ts';
import { StaticSource } from '../../directory/static-source.ts';
import { createController } from '../../manager/create-controller.ts';
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
  /** Who owned which instance before: of several that want it, the plan takes the one by whose list is written. */
  readonly owners: Iterable<readonly [InstanceId, BindingKey]>;
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
  readonly unreachable: readonly UnreachableScope[];
}

/** Rejects only when the signal aborts. */
export async function gatherPlan(context: CommandContext, options: GatherOptions): Promise<GatheredPlan> {
  const { reading, cloud, log, timeoutMs, signal } = options;
  const { clock, random } = options.machine ?? SYSTEM_MACHINE;
  using memory = openInMemory();
  const state = new LocalState(memory, { clock, actor: 'plan' });
  state.own(options.owners);
  const settings = { ...controllerSettings(context.globals, log, { directory: true }), readOnly: true };
  // What a plan opens is read for the plan, once; here rules are read only where a guard decides by them.
  const guardsNeedRules = settings.policy.exposure.length > 0 || settings.traffic === 'require';
  const controller = createController({
    sources: [new StaticSource(reading.directory, reading.bindings)],
    sinks: [],
    cloud: guardsNeedRules ? cloud : { provider: cloud.provider },
    memory: { journal: state, inventory: state },
    settings,
    clock,
    random,
    log,
  });
  const stop = new AbortController();
  const running = controller.run(stop.signal);
  try {
    const unreachable = await controller.observeOnce({ timeoutMs, signal });
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

/** @param directory whose revision is planned, as the user named it. */
export function placedPlan<T extends Pick<GatheredPlan, 'rows' | 'selectionProblems'>>(
  plan: T,
  directory: string,
): T {
  const flags = `--source ${shellWord(directory)}`;
  const placed = <M extends { readonly message: string }>(one: M): M => ({
    ...one,
    message: placedHint(one.message, flags),
  });
  return {
    ...plan,
    rows: plan.rows.map((row) => (row.guard === undefined ? row : { ...row, guard: placed(row.guard) })),
    selectionProblems: plan.selectionProblems.map((one) => ({ ...one, problem: placed(one.problem) })),
  };
}
