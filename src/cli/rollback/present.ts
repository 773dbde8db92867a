/**
 * The fleet as the state knows it now, and what holds back the writes of each instance: its owner, or else everybody who
 * names it, because nothing that was read tells which of them it will be. Of several the strictest counts.
 */
import type { BindingKey, InstanceId } from '../../api/ids.ts';
import type { Binding, Scope } from '../../core/model.ts';
import { suspensionMessage } from '../../core/suspension.ts';

export interface Present {
  readonly declared: ReadonlyMap<BindingKey, Binding>;
  readonly owners: ReadonlyMap<InstanceId, BindingKey>;
  /** The moment by the calendar. */
  readonly wallMs: number;
}

/** Whether a binding is written, and what lets its writes pass. */
export type Hold = Pick<Binding, 'mode' | 'suspend' | 'suspendUntilMs' | 'emergency'>;

export class PresentHolds {
  readonly #present: Present;
  readonly #naming = new Map<InstanceId, Binding[]>();

  constructor(present: Present) {
    this.#present = present;
    for (const binding of present.declared.values()) {
      for (const id of binding.instanceIds) {
        const naming = this.#naming.get(id);
        if (naming === undefined) this.#naming.set(id, [binding]);
        else naming.push(binding);
      }
    }
  }

  /** @param back the binding that gives an instance its list back. Undefined where nothing that is declared now speaks. */
  of(id: InstanceId, { key, scope }: { readonly key: BindingKey; readonly scope: Scope }): Hold | undefined {
    const own = this.#present.declared.get(key);
    return strictest([...(own === undefined ? [] : [own]), ...this.#claimants(id, scope)]);
  }

  /** Instances that somebody else than this binding holds back now. */
  heldByOthers({ key, scope }: Pick<Binding, 'key' | 'scope'>): InstanceId[] {
    const { owners, wallMs } = this.#present;
    return [...new Set([...this.#naming.keys(), ...owners.keys()])].filter((id) => {
      const claimants = this.#claimants(id, scope);
      if (claimants.some((one) => one.key === key)) return false;
      const hold = strictest(claimants);
      return hold !== undefined && (hold.mode === 'Observe' || suspensionMessage(hold, wallMs) !== undefined);
    });
  }

  #claimants(id: InstanceId, { region }: Scope): readonly Binding[] {
    const { declared, owners } = this.#present;
    const key = owners.get(id);
    const owner = key === undefined ? undefined : declared.get(key);
    const naming = (this.#naming.get(id) ?? []).filter(({ scope }) => scope.region === region);
    if (owner === undefined) return naming;
    return owner.selector !== undefined || naming.includes(owner) ? [owner] : [owner, ...naming];
  }
}

function strictest(bindings: readonly Binding[]): Hold | undefined {
  if (bindings.length === 0) return undefined;
  const untilMs = Math.max(...bindings.map(({ suspendUntilMs = 0 }) => suspendUntilMs));
  const emergencies = bindings.flatMap(({ emergency }) => emergency ?? []);
  const [emergency] = emergencies.toSorted((a, b) => a.untilMs - b.untilMs);
  return {
    mode: bindings.some(({ mode }) => mode === 'Observe') ? 'Observe' : 'Enforce',
    suspend: bindings.some(({ suspend }) => suspend),
    ...(untilMs === 0 ? {} : { suspendUntilMs: untilMs }),
    ...(emergency !== undefined && emergencies.length === bindings.length ? { emergency } : {}),
  };
}
