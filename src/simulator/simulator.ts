/**
 * A strict emulator of both Tencent Cloud API generations, in three layers: state (what the cloud holds), handler (one request to one
 * answer) and transport (in process here, HTTP in server.ts). It shares no signing or parsing with the client, so a mistake on
 * one side shows on the other. All time comes from the clock and all chance from the random source: on virtual time a run replays.
 */
import type { Clock } from '../runtime/clock.ts';
import type { Random } from '../runtime/random.ts';
import { type HttpRequest, type HttpResponse, type Transport, TransportError } from '../runtime/transport.ts';
import { CallLog } from './calls.ts';
import {
  CredentialBook,
  generateCredential,
  type KnownCredential,
  type SimulatorCredential,
  type SimulatorRole,
} from './credentials.ts';
import { FaultBook } from './faults.ts';
import { DEFAULT_ACCOUNT, type Fleet } from './fleet.ts';
import { Handler } from './handler.ts';
import type { Answer, Machine } from './machine.ts';
import { NonceLedger } from './nonces.ts';
import { DEFAULT_QUOTAS, QuotaBook, type Quotas } from './quotas.ts';
import { SimulatedCloud } from './state.ts';

/** The role that machines and pods have when none is given. */
const DEFAULT_ROLE_NAME = 'cvmsg-role';

const DEFAULT_GROUPS_PER_INSTANCE = 5;
const DEFAULT_TEMPORARY_LIFETIME_MS = 7_200_000;

export interface SimulatorOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly fleet: Fleet;
  /** Absent: one generated pair for each account of the fleet. */
  readonly credentials?: readonly SimulatorCredential[];
  /** Roles for AssumeRoleWithWebIdentity and the metadata endpoint; absent: `cvmsg-role` of the first account. */
  readonly roles?: readonly SimulatorRole[];
  readonly quotas?: Partial<Quotas>;
  /** Round-trip time of every call; half of it passes before the work, half after. Default 0. */
  readonly latencyMs?: number;
  /** Most groups of one instance. Default 5. */
  readonly groupsPerInstance?: number;
  /** How long a key from the metadata endpoint lasts. Default two hours. */
  readonly temporaryLifetimeMs?: number;
}

export interface Simulator {
  readonly clock: Clock;
  readonly state: SimulatedCloud;
  readonly faults: FaultBook;
  readonly calls: CallLog;
  /** Every key that the cloud accepts at this moment, temporary ones included. */
  readonly credentialBook: CredentialBook;
  /** The permanent keys it started with. */
  readonly credentials: readonly KnownCredential[];
  /** Answers in process, without sockets. A reset rejects with a TransportError `ECONNRESET`, `sent: true`. */
  readonly transport: Transport;
  /** Answers one request; for transports. */
  handle(request: HttpRequest): Promise<Answer>;
}

/** Wires a simulator. It starts nothing: it moves only when it is asked. */
export function createSimulator(options: SimulatorOptions): Simulator {
  const { clock, random, fleet } = options;
  const firstAccount = fleet.accounts[0] ?? DEFAULT_ACCOUNT;
  const credentials: readonly KnownCredential[] =
    options.credentials?.map((it) => ({ ...it, accountName: it.accountName ?? firstAccount })) ??
    fleet.accounts.map((account) => generateCredential(random, account));
  const quotas = new QuotaBook({ ...DEFAULT_QUOTAS, ...options.quotas });
  const machine: Machine = {
    clock,
    random,
    state: new SimulatedCloud(fleet, clock),
    faults: new FaultBook(random),
    calls: new CallLog(quotas),
    quotas,
    credentials: new CredentialBook(random, credentials),
    nonces: new NonceLedger(),
    roles: options.roles ?? [{ name: DEFAULT_ROLE_NAME, accountName: firstAccount }],
    latencyMs: options.latencyMs ?? 0,
    groupsPerInstance: options.groupsPerInstance ?? DEFAULT_GROUPS_PER_INSTANCE,
    temporaryLifetimeMs: options.temporaryLifetimeMs ?? DEFAULT_TEMPORARY_LIFETIME_MS,
  };
  const handler = new Handler(machine);
  const handle = (request: HttpRequest) => handler.handle(request);
  return {
    clock,
    state: machine.state,
    faults: machine.faults,
    calls: machine.calls,
    credentialBook: machine.credentials,
    credentials,
    handle,
    transport: inProcess(handle),
  };
}

/** As on a real wire, an abort ends the wait but not the work: the cloud may apply what its caller no longer hears of. */
function inProcess(handle: (request: HttpRequest) => Promise<Answer>): Transport {
  return (request, signal) =>
    new Promise<HttpResponse>((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const onAbort = () => reject(signal?.reason);
      signal?.addEventListener('abort', onAbort, { once: true });
      const done = () => signal?.removeEventListener('abort', onAbort);
      handle(request).then(
        (answer) => {
          done();
          if (answer.kind === 'response') return resolve(answer.response);
          reject(
            new TransportError('ECONNRESET', 'socket hang up: the connection was reset', { sent: true }),
          );
        },
        (error: unknown) => {
          done();
          reject(error);
        },
      );
    });
}
