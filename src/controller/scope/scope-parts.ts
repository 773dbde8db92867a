/** The parts of one scope's controller. They are values, and none of them knows the whole: each takes those that it needs. */
import type { Scope } from '../../core/model.ts';
import type { CloudClient } from '../../ports/cloud.ts';
import type { ScopeClaims } from '../restoration/scope-claims.ts';
import type { InstanceRecords } from './instance-records.ts';
import type { Prefetches } from './prefetches.ts';
import type { ScopeDispatchers } from './scope-dispatchers.ts';
import type { ScopeGuards } from './scope-guards.ts';
import type { ScopePorts } from './scope-ports.ts';
import type { ScopeRules } from './scope-rules.ts';
import type { ScopeState } from './scope-state.ts';
import type { ScopeTraffic } from './scope-traffic.ts';

export interface ScopeParts extends ScopePorts {
  readonly scope: Scope;
  readonly client: CloudClient;
  /** Aborts to give up the calls in flight. */
  readonly signal: AbortSignal;
  readonly records: InstanceRecords;
  readonly state: ScopeState;
  readonly claimed: ScopeClaims;
  /** What is known of the rules of groups; absent: nobody reads them. */
  readonly groupRules: ScopeRules | undefined;
  /** Absent: nobody is told of traffic. */
  readonly traffic: ScopeTraffic | undefined;
  readonly guards: ScopeGuards;
  readonly dispatchers: ScopeDispatchers;
  readonly prefetches: Prefetches;
}
