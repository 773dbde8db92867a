/** The statuses that were published last, for the page: what `get` tells, without a look into the state for each request. */

import type { BindingKey } from '../../api/ids.ts';
import { shellWord } from '../../core/text/shell-word.ts';
import { placedStatus } from '../../ports/placed-status.ts';
import type { BindingStatus, Sink } from '../../ports/status.ts';

export class PublishedStatuses implements Sink {
  readonly #directory: string | undefined;
  readonly #statuses = new Map<BindingKey, BindingStatus>();
  #listener: () => void = () => {};

  /** @param directory that is followed, as its user has named it. */
  constructor(directory: string | undefined) {
    this.#directory = directory;
  }

  get(key: BindingKey): BindingStatus | undefined {
    return this.#statuses.get(key);
  }

  /** In no order. */
  all(): Iterable<BindingStatus> {
    return this.#statuses.values();
  }

  /** Whom it tells of every publication; one at a time. */
  onPublished(listener: () => void): void {
    this.#listener = listener;
  }

  publish(statuses: readonly BindingStatus[]): void {
    for (const status of statuses)
      this.#statuses.set(status.key, placedStatus(status, this.approveFlags(status)));
    this.#listener();
  }

  remove(keys: readonly BindingKey[]): void {
    for (const key of keys) this.#statuses.delete(key);
    this.#listener();
  }

  previous(): readonly [] {
    return [];
  }

  /** What names the place where a plan of the binding is approved. */
  approveFlags({ origin }: Pick<BindingStatus, 'origin'>): string {
    return origin.kind === 'directory' ? `--source ${shellWord(this.#directory ?? 'DIR')}` : '--kubernetes';
  }
}
