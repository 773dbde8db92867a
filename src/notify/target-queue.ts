/**
 * What waits to be sent to one target. It keeps to the limits of the vendor, makes one message of many under pressure, and
 * gives up what cannot be sent; nobody waits for it.
 */

import { count, thousands } from '../core/text/words.ts';
import type { Log } from '../runtime/log.ts';
import type { Random } from '../runtime/random.ts';
import { FORMATS } from './formats/all-formats.ts';
import type { Answer } from './formats/format.ts';
import { type Notification, SEVERITIES } from './notification.ts';
import { type Sender, sendTo, type TargetSettings, wantedOf } from './target.ts';

/** What becomes of a notification: `summarised` ones were sent within a message about several. */
export const NOTIFICATION_RESULTS = ['sent', 'summarised', 'failed', 'dropped'] as const;

export type NotificationResult = (typeof NOTIFICATION_RESULTS)[number];

export interface TargetQueueOptions extends Sender {
  readonly random: Random;
  readonly log: Log;
  readonly target: TargetSettings;
  /** Counts what became of notifications. */
  readonly count: (result: NotificationResult, notifications: number) => void;
}

/** What happens together is looked at together. */
const GATHER_MS = 2_000;
/** With more than this waiting, the worst are sent by themselves, and one message tells of the rest. */
const MOST_SINGLE = 5;
const MOST_WAITING = 500;
const MOST_ATTEMPTS = 6;
const FIRST_RETRY_MS = 5_000;
const LONGEST_RETRY_MS = 300_000;
/** The vendor counts when a message arrives, so its minute may begin elsewhere. */
const SLACK_MS = 1_000;

interface Waiting {
  readonly notification: Notification;
  readonly settled: () => void;
}

/** One message to be: of one notification, or of several. */
interface Item {
  readonly waiting: readonly Waiting[];
  attempts: number;
}

export class TargetQueue {
  readonly #options: TargetQueueOptions;
  #waiting: Item[] = [];
  /** When messages were sent, as long as a limit counts them. */
  #sentMs: number[] = [];
  #pausedUntilMs = 0;
  #cancel: (() => void) | undefined;
  #sending: Promise<void> | undefined;
  #isEnding = false;

  constructor(options: TargetQueueOptions) {
    this.#options = options;
  }

  /**
   * Takes what the target wants of it.
   * @param settled called when it is sent, not wanted or given up; never when the process ends before.
   */
  add(notification: Notification, settled = () => {}): void {
    const wanted = wantedOf(this.#options.target, notification);
    if (wanted === undefined) return settled();
    if (this.#size() >= MOST_WAITING) {
      this.#options.count('dropped', 1);
      return settled();
    }
    this.#waiting.push({ waiting: [{ notification: wanted, settled }], attempts: 0 });
    this.#wake(GATHER_MS);
  }

  /** Resolves when what may be sent now is sent, and what may not is given up. */
  async finish(): Promise<void> {
    this.#isEnding = true;
    this.#cancel?.();
    await this.#sending;
    while (this.#waiting.length > 0 && this.#delayMs() === 0) await this.#sendNext();
    this.#options.count('dropped', this.#size());
    this.#waiting = [];
  }

  #size(): number {
    return this.#waiting.reduce((sum, { waiting }) => sum + waiting.length, 0);
  }

  #wake(ms: number): void {
    if (this.#sending !== undefined || this.#isEnding) return;
    this.#cancel ??= this.#options.clock.setTimer(ms, () => {
      this.#cancel = undefined;
      void this.#sendNext();
    });
  }

  async #sendNext(): Promise<void> {
    if (this.#sending !== undefined || this.#waiting.length === 0) return;
    const delayMs = this.#delayMs();
    if (delayMs > 0) return this.#wake(delayMs);
    this.#fold();
    const item = this.#waiting.shift() as Item;
    this.#sending = this.#send(item);
    await this.#sending;
    this.#sending = undefined;
    if (this.#waiting.length > 0) this.#wake(this.#delayMs());
  }

  async #send(item: Item): Promise<void> {
    const { target, clock } = this.#options;
    const notifications = item.waiting.map(({ notification }) => notification);
    const [first] = notifications as [Notification];
    const isSingle = notifications.length === 1;
    this.#sentMs.push(clock.now());
    const notification = isSingle ? first : summaryOf(notifications, clock.wall());
    const answer = await sendTo(target, notification, this.#options);
    if (answer.result === 'sent') this.#settle(item, isSingle ? 'sent' : 'summarised');
    else this.#failed(item, answer);
  }

  #settle({ waiting }: Item, result: NotificationResult): void {
    this.#options.count(result, waiting.length);
    for (const { settled } of waiting) settled();
  }

  #failed(item: Item, answer: Exclude<Answer, { readonly result: 'sent' }>): void {
    const { target, clock, random, log } = this.#options;
    item.attempts++;
    const isThrottled = answer.result === 'throttled';
    const full = Math.min(FIRST_RETRY_MS * 2 ** (item.attempts - 1), LONGEST_RETRY_MS);
    const afterMs = isThrottled ? answer.afterMs : Math.round(full * (0.5 + random.next() / 2));
    const isOver = (!isThrottled && answer.isFinal) || item.attempts >= MOST_ATTEMPTS;
    const fields = { target: target.name, format: target.format, error: answer.detail };
    if (isOver) {
      this.#settle(item, 'failed');
      log.warn(fields, `a message to "${target.name}" is given up`);
    } else {
      this.#waiting.unshift(item);
      log.debug(fields, `a message to "${target.name}" is sent again later`);
    }
    if (!isOver || isThrottled) this.#pausedUntilMs = clock.now() + afterMs;
  }

  /** Until the next message may leave. */
  #delayMs(): number {
    const { clock, target } = this.#options;
    const nowMs = clock.now();
    const { limits } = FORMATS[target.format];
    const widestMs = Math.max(...limits.map(({ withinMs }) => withinMs)) + SLACK_MS;
    this.#sentMs = this.#sentMs.filter((atMs) => nowMs - atMs < widestMs);
    const free = limits.map(({ count, withinMs }) => {
      const oldest = this.#sentMs.at(-count);
      return oldest === undefined ? 0 : oldest + withinMs + SLACK_MS - nowMs;
    });
    return Math.max(0, this.#pausedUntilMs - nowMs, ...free);
  }

  /** Under pressure one message tells of all but the worst. What it tells of grows no more: it has its turn under any pressure. */
  #fold(): void {
    const isFolded = this.#waiting.some(({ waiting }) => waiting.length > 1);
    if (isFolded || this.#waiting.length <= MOST_SINGLE) return;
    const attempts = Math.max(...this.#waiting.map((item) => item.attempts));
    const waiting = worstFirst(
      this.#waiting.flatMap((item) => item.waiting),
      ({ notification }) => notification,
    );
    const single = waiting.slice(0, MOST_SINGLE - 1);
    this.#waiting = [
      ...single.map((one) => ({ waiting: [one], attempts })),
      { waiting: waiting.slice(MOST_SINGLE - 1), attempts },
    ];
  }
}

// One message in place of many.

const NAMED = 8;

/** @param notifications not empty. @param atMs by the calendar. */
function summaryOf(notifications: readonly Notification[], atMs: number): Notification {
  const sorted = worstFirst(notifications, (one) => one);
  const named = sorted.slice(0, NAMED);
  const rest = sorted.slice(NAMED);
  const byKind = [...Map.groupBy(rest, ({ kind }) => kind)].map(([kind, { length }]) => `${length} ${kind}`);
  return {
    kind: 'summary',
    severity: sorted[0]?.severity ?? 'info',
    reason: 'Summary',
    title: `${count(notifications.length, 'message')} at once`,
    details: [
      ...named.map(({ severity, title, bindings }) => `${severity}: ${title}${namesOf(bindings)}`),
      ...(rest.length === 0 ? [] : [`and ${thousands(rest.length)} more: ${byKind.join(', ')}`]),
    ],
    atMs,
    bindings: [],
  };
}

/** The most serious first; among equals in their order. */
function worstFirst<T>(all: readonly T[], notificationOf: (one: T) => Notification): readonly T[] {
  const rank = (one: T) => SEVERITIES.indexOf(notificationOf(one).severity);
  return [...all].sort((a, b) => rank(b) - rank(a));
}

function namesOf(bindings: Notification['bindings']): string {
  const [first, ...others] = bindings;
  if (first === undefined) return '';
  return others.length === 0 ? ` (${first})` : ` (${first} and ${thousands(others.length)} more)`;
}
