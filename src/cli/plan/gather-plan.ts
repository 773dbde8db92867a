/** Reads the instances of one revision and makes the plan for them, without writing anything anywhere. */

import type { BindingKey } from '../../api/ids.ts';
import type { Controller } from '../../controller/controller.ts';
import type { UnreachableScope } from '../../controller/observe-once.ts';
import type { StatusView } from '../../controller/report/status-view.ts';
import { placedHint } from '../../core/approve-hint.ts';
import type { PlanRow } from '../../core/plan-row.ts';
import { shellWord } from '../../core/text/shell-word.ts';
import { StaticSource } from '../../directory/static-source.ts';
import { createController } from '../../manager/create-controller.ts';
import type { RecentWrite } from '../../ports/journal.ts';
import type { Log } from '../../runtime/log.ts';
import type { LocalState } from '../../store/local-state.ts';
import { MemoryState } from '../../store/memory-state.ts';
import type { CommandContext } from '../command.ts';
import { type Machine, SYSTEM_MACHINE } from '../wiring/clock-and-random.ts';
import type { CloudWiring } from '../wiring/cloud-wiring.ts';
import { controllerSettings } from '../wiring/controller-settings.ts';
import type { DesiredState } from '../wiring/directory-reading.ts';

/** What earlier processes left behind and a write goes by: who owned what, how much has changed of late, and what is drift. */
export type EarlierState = Pick<LocalState, 'owners' | 'recent' | 'lastStatus'>;

export interface GatherOptions {
  readonly reading: DesiredState;
  readonly cloud: CloudWiring;
  readonly log: Log;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Absent: nothing is known of an earlier process. */
  readonly earlier?: EarlierState | undefined;
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
  const memory = new PlanMemory(options.earlier);
  const settings = { ...controllerSettings(context.globals, log, { directory: true }), readOnly: true };
  // What a plan opens is read for the plan, once; here rules are read only where a guard decides by them.
  const guardsNeedRules = settings.policy.exposure.length > 0 || settings.traffic === 'require';
  const controller = createController({
    sources: [new StaticSource(reading.directory, reading.bindings, options.earlier)],
    sinks: [],
    cloud: guardsNeedRules ? cloud : { provider: cloud.provider },
    memory: { journal: memory, inventory: memory },
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

/** Knows what an earlier process left behind, and changes nothing of it. */
class PlanMemory extends MemoryState {
  readonly #earlier: EarlierState | undefined;

  constructor(earlier: EarlierState | undefined) {
    super();
    this.#earlier = earlier;
    this.own(earlier?.owners() ?? []);
  }

  override recent(sinceMs: number): readonly RecentWrite[] {
    return this.#earlier?.recent(sinceMs) ?? [];
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
