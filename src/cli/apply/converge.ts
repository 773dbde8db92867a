/** Writes until every instance is in sync, held or stuck, or until time or patience is over. */
import type { Controller } from '../../controller/controller.ts';
import type { InstanceStatus } from '../../core/instance-status.ts';
import type { ControllerSettings } from '../../core/settings.ts';
import { shortDuration } from '../../core/text/duration.ts';
import { StaticSource } from '../../directory/static-source.ts';
import { createController } from '../../manager/create-controller.ts';
import { beatSteadily } from '../../manager/heartbeat.ts';
import type { Journal } from '../../ports/journal.ts';
import type { Sink } from '../../ports/status.ts';
import type { Inventory } from '../../ports/store.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Log } from '../../runtime/log.ts';
import { LocalState } from '../../store/local-state.ts';
import { HeartbeatTable } from '../../store/sqlite/heartbeat-table.ts';
import type { StateFile } from '../../store/sqlite/state-file.ts';
import type { CommandContext } from '../command.ts';
import type { OutputStream } from '../io.ts';
import { type Machine, SYSTEM_MACHINE } from '../wiring/clock-and-random.ts';
import type { CallCounts, CloudWiring } from '../wiring/cloud-wiring.ts';
import { controllerSettings } from '../wiring/controller-settings.ts';
import type { DesiredState } from '../wiring/directory-reading.ts';
import { actor } from '../wiring/state-directory.ts';
import { type Convergence, convergence, notConverged } from './convergence.ts';

export interface ConvergeOptions {
  readonly reading: DesiredState;
  readonly cloud: CloudWiring;
  readonly file: StateFile;
  readonly log: Log;
  readonly timeoutMs: number;
  /** Absent: this one. */
  readonly machine?: Machine;
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
  readonly remaining: readonly InstanceStatus[];
  /** Instances to which at least one write was sent, and writes that the cloud accepted. */
  readonly written: number;
  readonly elapsedMs: number;
}

/** How long somebody who watches sees the same, though nothing changes. */
const SHOW_EVERY_MS = 1_000;
/** Readers are told this often that what they read is of now. */
const BEAT_MS = 10_000;
/** Writes that an earlier process left open are read back, and waited for this long. */
const RECOVER_MS = 10_000;
/** What writes open and close is told by rules that may still be read; it is waited for so long. */
const TRAFFIC_MS = 5_000;

export async function converge(context: CommandContext, options: ConvergeOptions): Promise<Converged> {
  const { cloud, file, log, signal } = options;
  const { clock } = options.machine ?? SYSTEM_MACHINE;
  const state = new LocalState(file, { clock, actor: actor(context) });
  const written = new Set<string>();
  const controller = openController(context, options, { state, written });
  const startedAtMs = clock.now();
  const quiet = context.globals.logLevel === 'silent';
  const progress = new Progress({ stderr: context.io.stderr, log, startedAtMs, quiet });
  const stop = new AbortController();
  const running = controller.run(AbortSignal.any([stop.signal, signal]));
  options.onStart(() => controller.abort());
  const table = new HeartbeatTable(file.database);
  void beatSteadily({ table, everyMs: BEAT_MS, clock, log }, stop.signal);
  let end: Converged['end'];
  try {
    const show = (view: Convergence, nowMs: number) => {
      const backlog = [...controller.scopes].reduce((sum, scope) => sum + scope.dispatchers.write.depth, 0);
      progress.show({ convergence: view, counts: cloud.counts, backlog, nowMs });
    };
    end = await untilConverged(controller, options, { state, clock, onLook: show });
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
    elapsedMs: clock.now() - startedAtMs,
  };
}

/** @param written is given the instances that writes are sent to. */
function openController(
  context: CommandContext,
  { reading, cloud, log, onlyPlan, readOnly, ...options }: ConvergeOptions,
  { state, written }: { readonly state: LocalState; readonly written: Set<string> },
): Controller {
  const memory = options.memory?.(state) ?? { journal: state, inventory: state, sinks: [state] };
  return createController({
    ...(options.machine ?? SYSTEM_MACHINE),
    sources: [new StaticSource(reading.directory, reading.bindings, state)],
    sinks: memory.sinks,
    cloud,
    memory,
    journalListeners: [
      {
        intended: (_, intents) => {
          for (const { instanceId } of intents) written.add(instanceId);
        },
      },
    ],
    trafficRecorders: [state],
    approvals: state,
    settings: {
      ...controllerSettings(context.globals),
      readOnly,
      restore: false,
      ...(onlyPlan === undefined ? {} : { onlyPlan }),
    },
    log,
  });
}

interface Waiting {
  readonly state: LocalState;
  readonly clock: Clock;
  readonly onLook: (view: Convergence, nowMs: number) => void;
}

/** Waits until nothing moves, what was written is told, and writes of an earlier process are read back; or until time is over. */
async function untilConverged(
  controller: Controller,
  { signal, readOnly, timeoutMs }: Pick<ConvergeOptions, 'signal' | 'readOnly' | 'timeoutMs'>,
  { state, clock, onLook }: Waiting,
): Promise<'done' | 'timeout'> {
  const startedAtMs = clock.now();
  const untilMs = startedAtMs + (readOnly ? Math.min(RECOVER_MS, timeoutMs) : timeoutMs);
  const hasOpenIntents = () => state.open(Number.MAX_SAFE_INTEGER).length > 0;
  const recoverUntilMs = hasOpenIntents() ? startedAtMs + RECOVER_MS : 0;
  let stillSinceMs = Number.POSITIVE_INFINITY;
  while (!signal.aborted) {
    const nowMs = clock.now();
    const view = convergence(controller);
    onLook(view, nowMs);
    const isStill =
      view.moving === 0 && !controller.isTakingIn && !(nowMs < recoverUntilMs && hasOpenIntents());
    stillSinceMs = isStill ? Math.min(stillSinceMs, nowMs) : Number.POSITIVE_INFINITY;
    const isUntold = [...controller.scopes].some(({ trafficPending }) => trafficPending);
    if (isStill && !(isUntold && nowMs - stillSinceMs < TRAFFIC_MS)) return 'done';
    if (nowMs >= untilMs) return 'timeout';
    // Looking at a large fleet takes time that its calls need more.
    await clock.sleep((clock.now() - nowMs) * 9, signal).catch(() => {});
    await controller.changes.next(Math.min(nowMs + SHOW_EVERY_MS, untilMs), signal).catch(() => {});
  }
  return 'done';
}

// Progress of an apply: one line that is redrawn on a terminal, a log line every few seconds elsewhere.

const LINE_EVERY_MS = 100;
const LOG_EVERY_MS = 3_000;
/** Before this the pace says nothing about the time left. */
const FIRST_ESTIMATE_MS = 1_000;

interface ProgressView {
  readonly convergence: Convergence;
  readonly counts: CallCounts;
  /** Instances that wait for a free call. */
  readonly backlog: number;
  readonly nowMs: number;
}

interface ProgressOptions {
  readonly stderr: OutputStream;
  readonly log: Log;
  readonly startedAtMs: number;
  /** False where the log may say nothing. */
  readonly quiet: boolean;
}

class Progress {
  readonly #options: ProgressOptions;
  #shownAtMs = Number.NEGATIVE_INFINITY;
  #lineShown = false;
  #doneAtStart: number | undefined;

  constructor(options: ProgressOptions) {
    this.#options = options;
  }

  show(view: ProgressView): void {
    const { stderr, log, quiet } = this.#options;
    if (quiet) return;
    const done = view.convergence.total - view.convergence.moving;
    this.#doneAtStart ??= done;
    const terminal = stderr.isTTY === true;
    if (view.nowMs - this.#shownAtMs < (terminal ? LINE_EVERY_MS : LOG_EVERY_MS)) return;
    this.#shownAtMs = view.nowMs;
    const text = this.#text(view, done);
    if (terminal) {
      const columns = (stderr.columns ?? 80) - 1;
      stderr.write(`\r\u001b[2K${text.slice(0, columns)}`);
      this.#lineShown = true;
      return;
    }
    log.info({ done, total: view.convergence.total, calls: view.counts.calls, backlog: view.backlog }, text);
  }

  /** Clears the line. */
  end(): void {
    if (this.#lineShown) this.#options.stderr.write('\r\u001b[2K');
    this.#lineShown = false;
  }

  #text({ convergence, counts, backlog, nowMs }: ProgressView, done: number): string {
    const elapsedMs = nowMs - this.#options.startedAtMs;
    const gained = done - (this.#doneAtStart ?? 0);
    const leftMs = gained > 0 ? (convergence.moving * elapsedMs) / gained : undefined;
    const parts = [
      `${done}/${convergence.total} instances`,
      `${counts.calls} calls`,
      counts.throttled > 0 ? `${counts.throttled} throttled` : '',
      backlog > 0 ? `${backlog} waiting for quota` : '',
      leftMs !== undefined && elapsedMs > FIRST_ESTIMATE_MS ? `about ${shortDuration(leftMs)} left` : '',
    ];
    return parts.filter((part) => part !== '').join(' · ');
  }
}
