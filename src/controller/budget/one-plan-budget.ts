/** Lets the changes of one plan through and nothing else: who approved it has seen exactly those. */
import type { InstanceId } from '../../api/ids.ts';
import { NOT_IN_THE_PLAN } from '../../core/budget-result.ts';
import type { GuardVerdict } from '../../core/guard-port.ts';
import type { Scope } from '../../core/model.ts';
import { type PlanChange, sameChange } from '../../core/plan-change.ts';
import type { OnlyPlan } from '../settings.ts';
import type { Budget, BudgetRequest } from './budget.ts';
import { type Grant, Grants } from './grants.ts';

export class OnePlanBudget implements Budget {
  readonly #scope: Scope;
  readonly #plan: OnlyPlan;
  readonly #grants = new Grants();
  readonly #refused = new Set<InstanceId>();

  constructor(scope: Scope, plan: OnlyPlan) {
    this.#scope = scope;
    this.#plan = plan;
  }

  request({ id, binding, from }: BudgetRequest): boolean {
    const change: PlanChange = { scope: this.#scope, instanceId: id, from, to: binding.sgIds };
    if (sameChange(this.#plan.changes.get(id), change)) {
      this.#grants.grant(id, change, { tenant: '', authority: this.#plan.authority });
      this.#refused.delete(id);
      return true;
    }
    this.#refused.add(id);
    return false;
  }

  grant(id: InstanceId, change: Pick<PlanChange, 'from' | 'to'>): Grant | undefined {
    return this.#grants.get(id, change);
  }

  result(id: InstanceId): GuardVerdict | undefined {
    return this.#refused.has(id) ? NOT_IN_THE_PLAN : undefined;
  }

  made(id: InstanceId): void {
    this.withdraw(id);
  }

  withdraw(id: InstanceId): void {
    this.#grants.end(id);
    this.#refused.delete(id);
  }

  // The plan says all: what was changed before, what is still unread and what others approve makes no difference.
  remember(): void {}
  expect(): void {}
  unreadable(): void {}
  sent(): void {}
  failed(): void {}
  decide(): void {}
  reconsider(): void {}
  close(): void {}
}
