/** Waits until everything that is declared was read once, or will not be. */

import type { CloudError } from '../core/cloud-error.ts';
import { scopeKey } from '../core/model.ts';
import { isHopeless, SHORT_PATIENCE_MS } from '../core/retry.ts';
import type { ChangeSignal } from '../runtime/change-signal.ts';
import type { Clock } from '../runtime/clock.ts';
import type { ScopeController } from './scope/scope-controller.ts';

export interface ObserveOnceOptions {
  /** What is not read by then is given up. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** A scope of which nothing could be read, with the failure that every call met. */
export interface UnreachableScope {
  /** `account@region`. */
  readonly scope: string;
  readonly error: CloudError;
}

export interface ObserveOnceParts {
  readonly scopes: Iterable<ScopeController>;
  readonly clock: Clock;
  /** Something may read differently. */
  readonly changes: ChangeSignal;
  readonly controller: {
    /** Bindings whose selector was not listed yet. */
    readonly unlisted: number;
    /** Whether something that is declared is not taken in yet. */
    readonly isTakingIn: boolean;
  };
}

/** Some of the failures are waited for only so long, so time passes although nothing changes. */
const LOOK_EVERY_MS = 250;

/** Waits until every instance was read, or will not be, and so for the groups of each scope, and for the rules that a guard asks for. */
export async function observeOnce(
  parts: ObserveOnceParts,
  { timeoutMs, signal }: ObserveOnceOptions,
): Promise<UnreachableScope[]> {
  const { clock, changes } = parts;
  const startedAtMs = clock.now();
  let progress = -1;
  let progressAtMs = startedAtMs;
  for (;;) {
    const nowMs = clock.now();
    const { done, open } = countRead(parts, nowMs - progressAtMs);
    if ((open === 0 && !parts.controller.isTakingIn) || nowMs - startedAtMs >= timeoutMs) break;
    if (done !== progress) {
      progress = done;
      progressAtMs = nowMs;
    }
    await changes.next(Math.min(nowMs + LOOK_EVERY_MS, startedAtMs + timeoutMs), signal);
  }
  return [...parts.scopes].flatMap((scope) => {
    const error = failureOfAll(scope);
    return error === undefined ? [] : [{ scope: scopeKey(scope.scope), error }];
  });
}

/** The failure that every read of a scope met; undefined when at least one instance was read. */
function failureOfAll({ records, problem }: ScopeController): CloudError | undefined {
  const failures = [...records.values()].map((record) => record.readFailure?.error);
  if (failures.length === 0 || failures.includes(undefined)) return problem.cloud;
  return problem.cloud ?? failures[0];
}

/** @param quietMs how long nothing has been read. */
function countRead(
  { scopes, controller }: ObserveOnceParts,
  quietMs: number,
): { readonly done: number; readonly open: number } {
  let done = 0;
  let open = controller.unlisted;
  for (const scope of scopes) {
    const { cloud } = scope.problem;
    for (const record of scope.records.values()) {
      const failure = record.readFailure;
      if (record.observed !== undefined || record.missing) done++;
      else if (failure !== undefined && isHopeless(failure.error, { quietMs, attempts: failure.attempts }))
        continue;
      else if (cloud === undefined || !isHopeless(cloud, { quietMs, attempts: 0 })) open++;
    }
    // A reading of rules ends, well or not.
    if (scope.rulesPending) open++;
    if (awaitsGroups(scope)) {
      if (quietMs < SHORT_PATIENCE_MS) open++;
    } else {
      done++;
    }
  }
  return { done, open };
}

/** Whether its groups are still to be read, which only a scope that answers can do. */
function awaitsGroups(scope: ScopeController): boolean {
  return (
    scope.records.size > 0 && scope.problem.cloud === undefined && scope.rules().groups.state === 'unknown'
  );
}
