import type { Clock } from '../runtime/clock.ts';
import type { Random } from '../runtime/random.ts';
import type { HttpResponse } from '../runtime/transport.ts';
import type { CallLog } from './calls.ts';
import type { CredentialBook, SimulatorRole } from './credentials.ts';
import type { FaultBook } from './faults.ts';
import type { NonceLedger } from './nonces.ts';
import type { QuotaBook } from './quotas.ts';
import type { SimulatedCloud } from './state.ts';

/** The parts that the handlers work with, wired once. */
export interface Machine {
  readonly clock: Clock;
  readonly random: Random;
  readonly state: SimulatedCloud;
  readonly faults: FaultBook;
  readonly calls: CallLog;
  readonly quotas: QuotaBook;
  readonly credentials: CredentialBook;
  readonly nonces: NonceLedger;
  readonly roles: readonly SimulatorRole[];
  /** Round-trip time of every call. */
  readonly latencyMs: number;
  readonly groupsPerInstance: number;
  readonly temporaryLifetimeMs: number;
}

/** What comes back over the wire. */
export type Answer =
  | { readonly kind: 'response'; readonly response: HttpResponse }
  /** The connection is reset. */
  | { readonly kind: 'reset' };
