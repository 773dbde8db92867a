/**
 * Writes events.k8s.io/v1 Events: on change and failure only. The same one again within ten minutes is counted in the
 * `series` of the one that was written.
 */
import { messageOf } from '../../api/message-of.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Log } from '../../runtime/log.ts';
import type { Random } from '../../runtime/random.ts';
import type { KubeConnection } from '../client/kube-connection.ts';
import { KubeError } from '../client/kube-error.ts';
import { microTime } from '../client/kube-object.ts';
import { refusedForItsEnd } from '../client/namespace-end.ts';
import { cutText } from './stored-text.ts';

export interface EventWriterOptions {
  readonly connection: KubeConnection;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** The pod's name, or the host's. */
  readonly instance: string;
  /** Whether events may be written into a namespace at present; asked before each. */
  readonly mayWrite: (namespace: string) => boolean;
}

export interface EventOf {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly type: 'Normal' | 'Warning';
  /** CamelCase. */
  readonly reason: string;
  readonly note: string;
}

/** One that was not seen for so long is over. */
const SERIES_MS = 600_000;
/** What comes again is told together, so that a flood of it is no flood of requests. */
const GATHER_MS = 10_000;
const REMEMBERED = 10_000;
const IN_FLIGHT = 32;
/** In bytes: the server counts those. */
const LONGEST_NOTE = 1_024;
/** Events are a courtesy: a flood of them waits for so long, and the rest is cut. */
const WAITING = 1_000;

/** An event that was told, and how often. */
interface Series {
  readonly event: EventOf;
  /** When it was told last, by the clock of the process and by the calendar. */
  lastMs: number;
  lastWallMs: number;
  count: number;
  /** Whether the server is being told, or will be. */
  isWaiting: boolean;
  /** The name of the Event that tells of it, once the server has it. */
  name?: string;
}

export class EventWriter {
  readonly #options: EventWriterOptions;
  readonly #series = new Map<string, Series>();
  readonly #running = new Set<Promise<void>>();
  readonly #waiting: Series[] = [];
  /** Those that were told again since the server was told. */
  readonly #repeated = new Set<Series>();
  #cancel: (() => void) | undefined;

  constructor(options: EventWriterOptions) {
    this.#options = options;
  }

  write(event: EventOf): void {
    const { clock } = this.#options;
    const identity = [event.uid, event.type, event.reason, event.note].join('\0');
    const known = this.#series.get(identity);
    const nowMs = clock.now();
    if (known !== undefined && nowMs - known.lastMs < SERIES_MS) {
      Object.assign(known, { lastMs: nowMs, lastWallMs: clock.wall(), count: known.count + 1 });
      this.#repeated.add(known);
      this.#tellRepeatedSoon();
      return;
    }
    if (this.#waiting.length >= WAITING) return;
    const series = { event, lastMs: nowMs, lastWallMs: clock.wall(), count: 1, isWaiting: true };
    this.#series.delete(identity);
    this.#series.set(identity, series);
    if (this.#series.size > REMEMBERED) this.#series.delete(this.#series.keys().next().value as string);
    this.#waiting.push(series);
    this.#pump();
  }

  /** Resolves when nothing is on its way, what was told again included. */
  async idle(): Promise<void> {
    do {
      while (this.#running.size > 0) await Promise.all(this.#running);
      this.#tellRepeated();
    } while (this.#running.size > 0);
  }

  #tellRepeatedSoon(): void {
    this.#cancel ??= this.#options.clock.setTimer(GATHER_MS, () => this.#tellRepeated());
  }

  #tellRepeated(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    for (const series of this.#repeated) {
      // What is on its way must have arrived before.
      if (series.isWaiting) continue;
      this.#repeated.delete(series);
      series.isWaiting = true;
      this.#waiting.push(series);
    }
    this.#pump();
    if (this.#repeated.size > 0) this.#tellRepeatedSoon();
  }

  #pump(): void {
    while (this.#running.size < IN_FLIGHT) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      const running = this.#tell(next).finally(() => {
        next.isWaiting = false;
        this.#running.delete(running);
        this.#pump();
      });
      this.#running.add(running);
    }
  }

  async #tell(series: Series): Promise<void> {
    const { signal, log } = this.#options;
    const { namespace, name } = series.event;
    if (signal.aborted || !this.#options.mayWrite(namespace)) return;
    try {
      if (series.name === undefined || !(await this.#patch(series, series.name))) await this.#post(series);
    } catch (error) {
      if (signal.aborted) return;
      // Nobody could read it there.
      if (refusedForItsEnd(error)) return;
      const detail = messageOf(error);
      log.warn({ binding: `${namespace}/${name}`, error: detail }, 'an event could not be written');
    }
  }

  async #post(series: Series): Promise<void> {
    const { connection, signal, instance, random } = this.#options;
    const { event, lastWallMs } = series;
    const { namespace, name, uid } = event;
    const suffix = Math.floor(random.next() * 2 ** 40).toString(16);
    const eventName = `${name.slice(0, 200)}.${lastWallMs.toString(16)}${suffix}`;
    const body = {
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata: { name: eventName, namespace },
      eventTime: microTime(lastWallMs),
      reportingController: 'cvmsg.dev/controller',
      reportingInstance: instance.slice(0, 128),
      action: 'Reconcile',
      type: event.type,
      reason: event.reason,
      note: cutText(event.note, { characters: LONGEST_NOTE, bytes: LONGEST_NOTE }),
      regarding: { apiVersion: 'cvmsg.dev/v1alpha1', kind: 'CvmSecurityGroupBinding', namespace, name, uid },
    };
    await connection.json({ method: 'POST', path: eventsOf(namespace), body }, signal);
    series.name = eventName;
  }

  /** False: the server has forgotten it, as it does after an hour. */
  async #patch({ event, count, lastWallMs }: Series, name: string): Promise<boolean> {
    const { connection, signal } = this.#options;
    const path = `${eventsOf(event.namespace)}/${name}`;
    const body = { series: { count, lastObservedTime: microTime(lastWallMs) } };
    try {
      const contentType = 'application/merge-patch+json';
      await connection.json({ method: 'PATCH', path, contentType, body }, signal);
      return true;
    } catch (error) {
      if (error instanceof KubeError && error.status === 404) return false;
      throw error;
    }
  }
}

function eventsOf(namespace: string): string {
  return `/apis/events.k8s.io/v1/namespaces/${namespace}/events`;
}
