/** One API call from arrival to answer: verify, count, fail on purpose, act. Synchronous; the server's clock is `serverMs`. */
import type { ApiCall } from './api-call.ts';
import { countedAction } from './calls.ts';
import type { Dispatcher } from './dispatch.ts';
import { type Failure, type Outcome, offline, quotaExceeded, refuse, tokenFailure } from './failures.ts';
import type { DrawnFaults, MainEffect } from './faults.ts';
import type { Machine } from './machine.ts';
import { longRegion } from './regions.ts';

export interface ServedCall {
  readonly outcome: Outcome;
  /** Empty when the sender could not be told. */
  readonly account: string;
}

export interface ServeInput {
  readonly call: ApiCall;
  readonly faults: DrawnFaults;
  readonly requestId: string;
  readonly serverMs: number;
}

export function serveCall(machine: Machine, dispatcher: Dispatcher, input: ServeInput): ServedCall {
  const { call, faults, requestId, serverMs } = input;
  const failed = (failure: Failure, account = ''): ServedCall => ({ outcome: refuse(failure), account });
  if (faults.main?.kind === 'v2-retired') return failed(offline(call.action, faults.main.code ?? '6100'));
  if (call.malformed !== null) return failed(call.malformed);
  if (faults.main?.kind === 'token-expired') return failed(tokenFailure('it is expired'));
  const sender = call.authenticate(serverMs);
  if (!sender.ok) return failed(sender.failure);
  const { account } = sender;
  const region = longRegion(call.region);
  // Names that mean nothing share one window: each of their own would fill the memory.
  const key = {
    action: countedAction(call.action),
    account,
    region: machine.state.hasRegion(region) ? region : '',
  };
  const result = machine.quotas.count(key, serverMs);
  if (!result.within) return failed(quotaExceeded(result.calls, result.limit), account);
  const refusal = faults.main === null ? null : refusalOf(faults.main, machine.quotas.limitOf(call.action));
  if (refusal !== null) return failed(refusal, account);
  const outcome = dispatcher.dispatch(call, {
    account,
    requestId,
    staleReadsMs: faults.staleReadsMs,
    partial: faults.main?.kind === 'partial' ? { leftOut: faults.mainInstanceIds } : null,
    ineffective:
      faults.main?.kind === 'not-applied'
        ? { instanceIds: faults.mainInstanceIds, message: faults.main.message ?? 'internal error' }
        : null,
  });
  return { outcome, account };
}

/** The refusal that a fault puts in place of the action; null when the action runs all the same. */
function refusalOf(effect: MainEffect, limit: number): Failure | null {
  if (effect.kind === 'throttle') return quotaExceeded(limit + 1, limit);
  if (effect.kind !== 'error') return null;
  const message = effect.message ?? `The simulated cloud fails with ${effect.code}.`;
  return { v2: effect.code, v3: effect.code, message };
}
