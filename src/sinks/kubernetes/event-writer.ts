/** Writes events.k8s.io/v1 Events: on change and failure only; the same one is not repeated for ten minutes. */
import { messageOf } from '../../api/message-of.ts';
import type { KubeConnection } from '../../kube/kube-connection.ts';
import { microTime } from '../../kube/micro-time.ts';
import { refusedForItsEnd } from '../../kube/namespace-end.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Log } from '../../runtime/log.ts';
import type { Random } from '../../runtime/random.ts';
import { cutText } from './stored-text.ts';

export interface EventWriterOptions {
  readonly connection: KubeConnection;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** The pod's name, or the host's. */
  readonly instance: string;
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

const QUIET_MS = 600_000;
const REMEMBERED = 10_000;
const IN_FLIGHT = 32;
/** In bytes: the server counts those. */
const LONGEST_NOTE = 1_024;
/** Events are a courtesy: a flood of them waits for so long, and the rest is cut. */
const WAITING = 1_000;

export class EventWriter {
  readonly #options: EventWriterOptions;
  readonly #told = new Map<string, number>();
  readonly #running = new Set<Promise<void>>();
  readonly #waiting: { readonly event: EventOf; readonly atMs: number }[] = [];

  constructor(options: EventWriterOptions) {
    this.#options = options;
  }

  write(event: EventOf): void {
    const nowMs = this.#options.clock.now();
    const identity = [event.uid, event.type, event.reason, event.note].join('\0');
    if (nowMs - (this.#told.get(identity) ?? Number.NEGATIVE_INFINITY) < QUIET_MS) return;
    if (this.#waiting.length >= WAITING) return;
    this.#told.delete(identity);
    this.#told.set(identity, nowMs);
    if (this.#told.size > REMEMBERED) this.#told.delete(this.#told.keys().next().value as string);
    this.#waiting.push({ event, atMs: this.#options.clock.wall() });
    this.#pump();
  }

  /** Resolves when nothing is on its way. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  #pump(): void {
    while (this.#running.size < IN_FLIGHT) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      const running = this.#post(next.event, next.atMs).finally(() => {
        this.#running.delete(running);
        this.#pump();
      });
      this.#running.add(running);
    }
  }

  async #post(event: EventOf, nowMs: number): Promise<void> {
    const { connection, signal, log, instance, random } = this.#options;
    if (signal.aborted) return;
    const { namespace, name, uid } = event;
    const suffix = Math.floor(random.next() * 2 ** 40).toString(16);
    const body = {
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata: { name: `${name.slice(0, 200)}.${nowMs.toString(16)}${suffix}`, namespace },
      eventTime: microTime(nowMs),
      reportingController: 'cvmsg.dev/controller',
      reportingInstance: instance.slice(0, 128),
      action: 'Reconcile',
      type: event.type,
      reason: event.reason,
      note: cutText(event.note, { characters: LONGEST_NOTE, bytes: LONGEST_NOTE }),
      regarding: { apiVersion: 'cvmsg.dev/v1alpha1', kind: 'CvmSecurityGroupBinding', namespace, name, uid },
    };
    try {
      await connection.json(
        { method: 'POST', path: `/apis/events.k8s.io/v1/namespaces/${namespace}/events`, body },
        signal,
      );
    } catch (error) {
      if (signal.aborted) return;
      // Nobody could read it there.
      if (refusedForItsEnd(error)) return;
      const detail = messageOf(error);
      log.warn({ binding: `${namespace}/${name}`, error: detail }, 'an event could not be written');
    }
  }
}
