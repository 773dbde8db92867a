/** Server-sent events that say `changed` and nothing else: whoever hears it looks again. */
import type { Clock } from '../../runtime/clock.ts';
import type { PageView } from './view.ts';

/** Streams at once; whoever comes later looks by hand. */
export const MOST_STREAMS = 100;
/** Ages grow while nothing changes, and a stream that is silent for long is ended by what stands between. */
const TELL_EVERY_MS = 10_000;
const AGAIN_AFTER_MS = 3_000;

export class ChangeStreams implements Disposable {
  readonly #clock: Clock;
  readonly #open = new Set<ReadableStreamDefaultController<Uint8Array>>();
  readonly #forget: () => void;
  readonly #encoder = new TextEncoder();
  #cancel: (() => void) | undefined;
  #closed = false;

  constructor({ onChanged, clock }: Pick<PageView, 'onChanged'> & { readonly clock: Clock }) {
    this.#clock = clock;
    this.#forget = onChanged(() => this.#tell());
  }

  /** A stream that ends when its reader leaves or all are closed; undefined when there are too many, or none is opened any more. */
  open(): ReadableStream<Uint8Array> | undefined {
    if (this.#closed || this.#open.size >= MOST_STREAMS) return undefined;
    let own: ReadableStreamDefaultController<Uint8Array>;
    return new ReadableStream<Uint8Array>({
      start: (controller) => {
        own = controller;
        this.#open.add(own);
        own.enqueue(this.#encoder.encode(`retry: ${AGAIN_AFTER_MS}\n\n`));
        this.#tellLater();
      },
      cancel: () => void this.#open.delete(own),
    });
  }

  /** Ends every stream, and opens none any more. */
  [Symbol.dispose](): void {
    this.#closed = true;
    this.#forget();
    this.#cancel?.();
    for (const stream of this.#open) stream.close();
    this.#open.clear();
  }

  #tell(): void {
    const event = this.#encoder.encode('event: changed\ndata:\n\n');
    // Who has not taken the last one yet will look again anyway.
    for (const stream of this.#open) if ((stream.desiredSize ?? 0) > 0) stream.enqueue(event);
    this.#tellLater();
  }

  #tellLater(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    if (this.#open.size > 0) this.#cancel = this.#clock.setTimer(TELL_EVERY_MS, () => this.#tell());
  }
}
