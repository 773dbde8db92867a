/** Writes until every instance is in sync, held or stuck, or until time or patience is over. */

import { Controller } from '../../controller/controller.ts';
import type { ControllerSettings } from '../../controller/settings.ts';
import type { InstanceVerdict } from '../../core/instance-verdict.ts';
import { systemClock } from '../../runtime/clock.ts';
import type { Log } from '../../runtime/log.ts';
import { systemRandom } from '../../runtime/random.ts';
import { LocalState } from '../../sinks/local-state.ts';
import type { Inventory, Journal, Sink } from '../../sinks/port.ts';
import { StaticSource } from '../../sources/static-source.ts';
import type { StateFile } from '../../state/state-file.ts';
import type { CommandContext } from '../commands/command.ts';
import { ToldJournal } from '../logging/told-journal.ts';
import type { CloudWiring } from '../wiring/cloud-wiring.ts';
import { controllerSettings } from '../wiring/controller-settings.ts';
import type { DesiredState } from '../wiring/directory-reading.ts';
import { actor } from '../wiring/state-directory.ts';
import { type Convergence, convergence, notConverged } from './convergence.ts';
import { Progress } from './progress.ts';

export interface ConvergeOptions {
  readonly reading: DesiredState;
  readonly cloud: CloudWiring;
  readonly file: StateFile;
  readonly log: Log;
  readonly timeoutMs: number;
  /** Wraps what remembers: the journal and the inventory; absent: they are used as they are. */
  readonly memory?: (state: LocalState) => ConvergeMemory;
  /** Look and tell, and write nothing. */
  readonly readOnly: boolean;
  /** One plan and nothing else. */
  readonly onlyPlan?: ControllerSettings['onlyPlan'] | undefined;
  /** Aborts to end after the calls in flight. */
  readonly signal: AbortSignal;
  /** Is given what ends the calls in flight too. */
  readonly onStart: (giveUp: () => void) => void;
}

/** What a convergence remembers with. */
export interface ConvergeMemory {
  readonly journal: Journal;
  readonly inventory: Inventory;
  readonly sinks: readonly Sink[];
}

export interface Converged {
  readonly end: 'done' | 'timeout' | 'interrupted';
  readonly convergence: Convergence;
  readonly remaining: readonly InstanceVerdict[];
  /** Instances to which at least one write was sent, and writes that the cloud accepted. */
  readonly written: number;
  readonly elapsedMs: number;
}

const POLL_MS = 25;
/** Writes that an earlier process left open are read back, and waited for this long. */
const SETTLE_MS = 10_000;

export async function converge(context: CommandContext, options: ConvergeOptions): Promise<Converged> {
  const { reading, cloud, file, log, timeoutMs, signal, onlyPlan } = options;
  const state = new LocalState(file, { clock: systemClock, actor: actor(context) });
  const written = new Set<string>();
  const memory = options.memory?.(state) ?? { journal: state, inventory: state, sinks: [state] };
  const journal = new ToldJournal(memory.journal, log);
  const controller = new Controller({
    sources: [new StaticSource(reading.directory, reading.bindings)],
    sinks: memory.sinks,
    cloud: cloud.provider,
    journal: {
      intend: (intents) => {
        for (const { instanceId } of intents) written.add(instanceId);
        return journal.intend(intents);
      },
      conclude: (ids, conclusion) => journal.conclude(ids, conclusion),
      verified: (id, observed) => journal.verified(id, observed),
      open: (sinceMs) => journal.open(sinceMs),
      recent: (sinceMs) => journal.recent(sinceMs),
    },
    inventory: memory.inventory,
    approvals: state,
    settings: {
      ...controllerSettings(context.globals),
      readOnly: options.readOnly,
      restore: false,
      ...(onlyPlan === undefined ? {} : { onlyPlan }),
    },
    clock: systemClock,
    random: systemRandom,
    log,
  });
  const startedAtMs = systemClock.now();
  const quiet = context.globals.logLevel === 'silent';
  const progress = new Progress({ stderr: context.io.stderr, log, startedAtMs, quiet });
  const stop = new AbortController();
  const running = controller.run(AbortSignal.any([stop.signal, signal]));
  options.onStart(() => controller.abort());
  const unsettled = () => state.open(Number.MAX_SAFE_INTEGER).length > 0;
  const settleUntilMs = unsettled() ? startedAtMs + SETTLE_MS : 0;
  let end: Converged['end'] = 'done';
  try {
    while (!signal.aborted) {
      const nowMs = systemClock.now();
      const view = convergence(controller);
      const backlog = [...controller.scopes].reduce((sum, scope) => sum + scope.lanes.write.depth, 0);
      progress.show({ convergence: view, tally: cloud.tally, backlog, nowMs });
      if (view.moving === 0 && !(nowMs < settleUntilMs && unsettled())) break;
      if (nowMs - startedAtMs >= (options.readOnly ? Math.min(SETTLE_MS, timeoutMs) : timeoutMs)) {
        end = 'timeout';
        break;
      }
      // Looking at a large fleet takes time that its calls need more.
      const pauseMs = Math.max(POLL_MS, (systemClock.now() - nowMs) * 9);
      await systemClock.sleep(pauseMs, signal).catch(() => {});
    }
  } finally {
    stop.abort();
    await running;
    progress.end();
  }
  return {
    end: signal.aborted ? 'interrupted' : end,
    convergence: convergence(controller),
    remaining: notConverged(controller),
    written: written.size,
    elapsedMs: systemClock.now() - startedAtMs,
  };
}
