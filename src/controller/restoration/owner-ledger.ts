/** Records in the inventory who owns which instance. When a record fails, the next change tries it again. */

import type { BindingKey, InstanceId } from '../../api/ids.ts';
import { messageOf } from '../../api/message-of.ts';
import type { ClaimChanges } from '../../core/claim-changes.ts';
import type { ClaimIndex } from '../../core/claim-index.ts';
import { scopeKey } from '../../core/model.ts';
import { type Inventory, OWNERS_OF_PAGE } from '../../ports/store.ts';
import type { Log } from '../../runtime/log.ts';
import { eachPortion } from '../../runtime/portions.ts';

export interface OwnerLedgerOptions {
  readonly claims: ClaimIndex;
  readonly inventory: Inventory;
  readonly log: Log;
}

export class OwnerLedger {
  readonly #options: OwnerLedgerOptions;
  readonly #unrecorded = new Map<InstanceId, BindingKey | undefined>();
  /** Instances that their owner let go, and that another binding of the same scope claims and does not hold yet; with the scope. */
  readonly #handedOver = new Map<InstanceId, string>();

  constructor(options: OwnerLedgerOptions) {
    this.#options = options;
  }

  /** Records new owners, and instances that their owners let go. @param changed the instances whose claims changed. */
  record({ owners, unowned }: Pick<ClaimChanges, 'owners' | 'unowned'>, changed: Iterable<InstanceId>): void {
    for (const id of changed) {
      const scope = this.#handedOver.get(id);
      if (scope !== undefined) this.disown(id, scope);
    }
    for (const [id, scope] of unowned) this.disown(id, scope);
    for (const [id, owner] of owners) {
      this.#handedOver.delete(id);
      this.#unrecorded.set(id, owner);
    }
    this.save();
  }

  /** Records the instances that these bindings let go while no process ran. Yields when other work may go on. */
  *forget(reported: ReadonlySet<BindingKey>): Generator<void, void> {
    if (reported.size === 0) return;
    const { inventory } = this.#options;
    const pages = inventory.ownerPages()[Symbol.iterator]();
    for (;;) {
      const page = this.#try(() => pages.next());
      if (page === undefined || page.done) break;
      yield* eachPortion(page.value, OWNERS_OF_PAGE, (owners) => this.#forgetSome(owners, reported));
      if (page.value.size === OWNERS_OF_PAGE) yield;
    }
  }

  #forgetSome(owners: Iterable<readonly [InstanceId, BindingKey]>, told: ReadonlySet<BindingKey>): void {
    const { claims } = this.#options;
    for (const [id, owner] of owners) {
      if (!told.has(owner)) continue;
      const named = claims.naming(id).some(({ key }) => key === owner);
      const scope = claims.bindings.get(owner)?.scope;
      if (!named && claims.holder(id) === undefined) this.disown(id, scope && scopeKey(scope));
    }
    this.save();
  }

  /**
   * Nobody owns the instance any more, and its next owner begins with another original list. Who claims it already
   * goes on with the present one: until a read shows whether that may have it, nothing is forgotten.
   * @param scope the scope of its owner, `account@region`; undefined when that is not known.
   */
  disown(id: InstanceId, scope: string | undefined): void {
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

  #try<T>(work: () => T): T | undefined {
    try {
      return work();
    } catch (error) {
      const detail = messageOf(error);
      this.#options.log.error({ error: detail }, 'owners could not be recorded');
      return undefined;
    }
  }
}
