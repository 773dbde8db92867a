/** Records in the inventory who owns which instance. What cannot be recorded now is recorded with the next change. */

import type { BindingKey, InstanceId } from '../api/ids.ts';
import { messageOf } from '../api/message-of.ts';
import type { ClaimIndex } from '../core/claim-index.ts';
import type { Log } from '../runtime/log.ts';
import type { Inventory } from '../sinks/port.ts';

export interface OwnerLedgerOptions {
  readonly claims: ClaimIndex;
  readonly inventory: Inventory;
  readonly log: Log;
}

export class OwnerLedger {
  readonly #options: OwnerLedgerOptions;
  readonly #unrecorded = new Map<InstanceId, BindingKey | undefined>();

  constructor(options: OwnerLedgerOptions) {
    this.#options = options;
  }

  /**
   * Records new owners (undefined: released).
   * @param told bindings that are gone, or heard of for the first time: what they let go while no process ran was left behind.
   */
  record(
    owners: Iterable<readonly [InstanceId, BindingKey | undefined]>,
    told: ReadonlySet<BindingKey>,
  ): void {
    const { claims, inventory, log } = this.#options;
    for (const [id, owner] of owners) this.#unrecorded.set(id, owner);
    try {
      for (const [id, owner] of told.size === 0 ? [] : inventory.owners()) {
        const named = claims.naming(id).some(({ key }) => key === owner);
        if (told.has(owner) && !named && claims.holder(id) === undefined) this.#unrecorded.set(id, undefined);
      }
      inventory.own(this.#unrecorded);
      this.#unrecorded.clear();
    } catch (error) {
      const detail = messageOf(error);
      log.error({ error: detail }, 'owners could not be recorded');
    }
  }
}
