/** Lets the changes of one plan through and nothing else: whoever approved it has seen exactly those. */
import type { InstanceId } from '../../api/ids.ts';
import { NOT_IN_THE_PLAN } from '../../core/budget-result.ts';
import type { GuardResult } from '../../core/guard-port.ts';
import type { Scope } from '../../core/model.ts';
import { type PlanChange, sameChange } from '../../core/plan.ts';
import type { OnlyPlan } from '../../core/settings.ts';
import type { Budget, BudgetRequest } from './budget.ts';
import { type Grant, type GrantedChange, Grants } from './grants.ts';

export class OnePlanBudget implements Budget {
  readonly #scope: Scope;
  readonly #plan: OnlyPlan;
  readonly #grants = new Grants();
  readonly #refused = new Set<InstanceId>();

  constructor(scope: Scope, plan: OnlyPlan) {
    this.#scope = scope;
    this.#plan = plan;
  }

  request({ id, binding, from, needsApproval }: BudgetRequest): boolean {
    const change: PlanChange = { scope: this.#scope, instanceId: id, from, to: binding.sgIds };
    const seen = needsApproval === undefined || this.#plan.exposed.has(id);
    if (seen && sameChange(this.#plan.changes.get(id), change)) {
      this.#grants.grant(id, change, { tenant: '', permit: this.#plan.permit });
      this.#refused.delete(id);
      return true;
    }
    this.#refused.add(id);
    return false;
  }

  grant(id: InstanceId, { needsApproval, ...change }: GrantedChange): Grant | undefined {
    return needsApproval === undefined || this.#plan.exposed.has(id)
      ? this.#grants.get(id, change)
      : undefined;
  }

  result(id: InstanceId): GuardResult | undefined {
    return this.#refused.has(id) ? NOT_IN_THE_PLAN : undefined;
  }

  made(id: InstanceId): void {
    this.withdraw(id);
  }

  withdraw(id: InstanceId): void {
    this.#grants.end(id);
    this.#refused.delete(id);
  }

  // Only the plan counts: earlier changes, unread instances and other approvals make no difference.
  remember(): void {}
  expect(): void {}
  unreadable(): void {}
  sent(): void {}
  failed(): void {}
  decide(): void {}
  resume(): void {}
  reconsider(): void {}
  close(): void {}
}
