/**
 * The fleet as the state knows it now, and who does not want an instance to be written. That is its owner, or else everybody
 * who may own it, because nothing that was read tells which of them it is: a rollback writes nothing on doubt.
 */
import type { BindingKey, InstanceId } from '../../api/ids.ts';
import type { Binding } from '../../core/model.ts';
import { suspensionMessage } from '../../core/suspension.ts';
import type { Tenancy } from '../../core/tenancy.ts';

export interface Present {
  readonly declared: ReadonlyMap<BindingKey, Binding>;
  readonly owners: ReadonlyMap<InstanceId, BindingKey>;
  readonly tenancy: Tenancy;
  /** The moment by the calendar. */
  readonly wallMs: number;
}

/** A binding of which an instance is written back. */
type Back = Pick<Binding, 'key' | 'scope'>;

export class Holders {
  readonly #present: Present;
  readonly #naming = new Map<InstanceId, Binding[]>();
  readonly #selecting: readonly Binding[];
  readonly #known = new Map<InstanceId, readonly Binding[]>();
  #held: readonly InstanceId[] | undefined;

  constructor(present: Present) {
    this.#present = present;
    const declared = [...present.declared.values()];
    this.#selecting = declared.filter(({ selector }) => selector !== undefined);
    for (const binding of declared) {
      for (const id of binding.instanceIds) {
        const naming = this.#naming.get(id);
        if (naming === undefined) this.#naming.set(id, [binding]);
        else naming.push(binding);
      }
    }
  }

  /**
   * The instances that another binding than the one that goes back holds back: it is suspended or observes only, and may own them.
   * @param ids which are looked at; undefined for all that somebody names or has owned.
   */
  others({ key, scope }: Back, ids: readonly InstanceId[] | undefined): Map<InstanceId, Binding> {
    const held = new Map<InstanceId, Binding>();
    for (const id of ids ?? this.#everHeld()) {
      const other = this.#of(id).find((one) => one.key !== key && one.scope.region === scope.region);
      if (other !== undefined) held.set(id, other);
    }
    return held;
  }

  #everHeld(): readonly InstanceId[] {
    this.#held ??= [...new Set([...this.#naming.keys(), ...this.#present.owners.keys()])].filter(
      (id) => this.#of(id).length > 0,
    );
    return this.#held;
  }

  #of(id: InstanceId): readonly Binding[] {
    const known = this.#known.get(id);
    if (known !== undefined) return known;
    const { wallMs } = this.#present;
    const holders = this.#mayOwn(id).filter(
      (one) => one.mode === 'Observe' || suspensionMessage(one, wallMs) !== undefined,
    );
    this.#known.set(id, holders);
    return holders;
  }

  #mayOwn(id: InstanceId): readonly Binding[] {
    const { declared, owners } = this.#present;
    const key = owners.get(id);
    const owner = key === undefined ? undefined : declared.get(key);
    const naming = (this.#naming.get(id) ?? []).filter((one) => this.#mayName(one, id));
    // What a selector fits may have changed since it was recorded as the owner.
    if (owner?.selector !== undefined && this.#maySelect(owner, id)) return [owner, ...naming];
    if (owner !== undefined && naming.includes(owner)) return [owner];
    return naming.length > 0 ? naming : this.#selecting.filter((one) => this.#maySelect(one, id));
  }

  #maySelect(binding: Binding, id: InstanceId): boolean {
    return binding.selector?.excluded.includes(id) === false && this.#mayName(binding, id);
  }

  #mayName(binding: Binding, instanceId: InstanceId): boolean {
    return this.#present.tenancy.fit(binding, { instanceId }) !== 'no';
  }
}
