/** Records in the inventory who owns which instance. What cannot be recorded now is recorded with the next change. */

import type { BindingKey, InstanceId } from '../api/ids.ts';
import { messageOf } from '../api/message-of.ts';
import type { ClaimIndex } from '../core/claim-index.ts';
import { scopeKey } from '../core/model.ts';
import type { Log } from '../runtime/log.ts';
import type { Inventory } from '../sinks/port.ts';
import type { ClaimChanges } from './claim-changes.ts';

export interface OwnerLedgerOptions {
  readonly claims: ClaimIndex;
  readonly inventory: Inventory;
  readonly log: Log;
}

export class OwnerLedger {
  readonly #options: OwnerLedgerOptions;
  readonly #unrecorded = new Map<InstanceId, BindingKey | undefined>();
  /** What its owner let go, and another claims in the same scope and does not hold yet; with the scope. */
  readonly #handedOver = new Map<InstanceId, string>();

  constructor(options: OwnerLedgerOptions) {
    this.#options = options;
  }

  /**
   * Records new owners and what their owners let go.
   * @param touched the instances whose claims are others now.
   * @param told bindings that are gone, or heard of for the first time: what they let go while no process ran was left behind.
   */
  record(
    { owners, letGo }: Pick<ClaimChanges, 'owners' | 'letGo'>,
    { touched, told = new Set() }: { touched: Iterable<InstanceId>; told?: ReadonlySet<BindingKey> },
  ): void {
    const { claims, inventory } = this.#options;
    for (const id of touched) {
      const scope = this.#handedOver.get(id);
      if (scope !== undefined) this.letGo(id, scope);
    }
    for (const [id, scope] of letGo) this.letGo(id, scope);
    for (const [id, owner] of owners) {
      this.#handedOver.delete(id);
      this.#unrecorded.set(id, owner);
    }
    this.#try(() => {
      for (const [id, owner] of told.size === 0 ? [] : inventory.owners()) {
        const named = claims.naming(id).some(({ key }) => key === owner);
        const scope = claims.bindings.get(owner)?.scope;
        if (told.has(owner) && !named && claims.holder(id) === undefined)
          this.letGo(id, scope && scopeKey(scope));
      }
    });
    this.save();
  }

  /**
   * Nobody owns the instance any more, and its next owner begins with another original list. Who claims it already
   * goes on with the present one: until a read shows whether that may have it, nothing is forgotten.
   * @param scope the scope of its owner, `account@region`; undefined when that is not known.
   */
  letGo(id: InstanceId, scope: string | undefined): void {
    this.#handedOver.delete(id);
    if (scope !== undefined && this.#options.claims.claim(id, scope) !== undefined)
      this.#handedOver.set(id, scope);
    else this.#unrecorded.set(id, undefined);
  }

  /** Tries again what could not be recorded. */
  save(): void {
    if (this.#unrecorded.size === 0) return;
    this.#try(() => {
      this.#options.inventory.own(this.#unrecorded);
      this.#unrecorded.clear();
    });
  }

  #try(work: () => void): void {
    try {
      work();
    } catch (error) {
      const detail = messageOf(error);
      this.#options.log.error({ error: detail }, 'owners could not be recorded');
    }
  }
}
