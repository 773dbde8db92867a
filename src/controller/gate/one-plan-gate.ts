/** Lets the changes of one plan through and nothing else: who approved it has seen exactly those. */
import type { InstanceId } from '../../api/ids.ts';
import { NOT_IN_THE_PLAN } from '../../core/blast-verdict.ts';
import type { GuardVerdict } from '../../core/guard-port.ts';
import type { Scope } from '../../core/model.ts';
import { type PlanChange, sameChange } from '../../core/plan-change.ts';
import type { OnlyPlan } from '../settings.ts';
import { type Admission, Admissions } from './admissions.ts';
import type { Gate, Offer } from './gate.ts';

export class OnePlanGate implements Gate {
  readonly #scope: Scope;
  readonly #plan: OnlyPlan;
  readonly #admissions = new Admissions();
  readonly #refused = new Set<InstanceId>();

  constructor(scope: Scope, plan: OnlyPlan) {
    this.#scope = scope;
    this.#plan = plan;
  }

  offer({ id, binding, from }: Offer): boolean {
    const change: PlanChange = { scope: this.#scope, instanceId: id, from, to: binding.sgIds };
    if (sameChange(this.#plan.changes.get(id), change)) {
      this.#admissions.admit(id, change, this.#plan.authority);
      this.#refused.delete(id);
      return true;
    }
    this.#refused.add(id);
    return false;
  }

  admission(id: InstanceId, change: Pick<PlanChange, 'from' | 'to'>): Admission | undefined {
    return this.#admissions.get(id, change);
  }

  verdict(id: InstanceId): GuardVerdict | undefined {
    return this.#refused.has(id) ? NOT_IN_THE_PLAN : undefined;
  }

  settled(id: InstanceId): void {
    this.withdraw(id);
  }

  withdraw(id: InstanceId): void {
    this.#admissions.end(id);
    this.#refused.delete(id);
  }

  // The plan says all: what was changed before, what is still unread and what others approve makes no difference.
  remember(): void {}
  expect(): void {}
  unreadable(): void {}
  wrote(): void {}
  failed(): void {}
  reconsider(): void {}
  close(): void {}
}
