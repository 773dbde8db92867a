/**
 * One attempt at one call: credentials, stamp, signature, transport, reply, and what a failure asks of the client
 * (drop the credentials, correct the clock). It never tries twice.
 */
import { messageOf } from '../api/message-of.ts';
import type { ApiGeneration, CloudError, CloudErrorKind } from '../core/cloud-error.ts';
import type { Scope } from '../core/model.ts';
import type { CloudResult } from '../ports/cloud.ts';
import type { Clock } from '../runtime/clock.ts';
import { type HttpRequest, type HttpResponse, type Transport, TransportError } from '../runtime/transport.ts';
import type { ClockSkew } from './clock-skew.ts';
import {
  type Credentials,
  type CredentialsProvider,
  ENDPOINT_UNREACHABLE,
} from './credentials/credentials.ts';
import { type Accepted, bounded, type Refusal, type Reply, readReply, redact } from './reply.ts';

/** One finished attempt, for metrics and the debug log. */
export interface CloudCallEvent {
  readonly scope: Scope;
  readonly api: ApiGeneration;
  readonly action: string;
  /** `OK`, the vendor's code, a transport's code, or `ABORTED`. */
  readonly code: string;
  /** `OK`, or the kind of failure that the code stands for. */
  readonly kind: CloudErrorKind | 'OK';
  readonly durationMs: number;
  /** The instances that the call named. */
  readonly ids: readonly string[];
}

/** What every call of one scope shares. */
export interface CallContext {
  readonly scope: Scope;
  readonly transport: Transport;
  readonly credentials: CredentialsProvider;
  readonly clock: Clock;
  readonly skew: ClockSkew;
  readonly onCall?: ((event: CloudCallEvent) => void) | undefined;
}

/** A request that is ready to be sent, and how to find it in the cloud's records when the reply has no request id. */
export interface SignedRequest {
  readonly request: HttpRequest;
  readonly requestId: string;
  /** The signature, which nobody who is told of the call may read. */
  readonly proof: string;
}

/** One call as its generation knows it. */
export interface CallPlan<T> {
  readonly api: ApiGeneration;
  readonly action: string;
  readonly ids: readonly string[];
  sign(credentials: Credentials, timestampS: number): SignedRequest;
  /** Reads the payload of an accepted reply. */
  read(reply: Accepted): { readonly ok: true; readonly value: T } | Refusal;
}

/** Makes one attempt. Rejects only with the signal's reason when that aborts. */
export async function callOnce<T>(
  context: CallContext,
  plan: CallPlan<T>,
  signal: AbortSignal,
): Promise<CloudResult<T>> {
  const { scope, skew, clock } = context;
  const { api, action, ids } = plan;
  signal.throwIfAborted();
  const had = await context.credentials.get(scope.account, signal);
  if (!had.ok) {
    const kind = had.code === ENDPOINT_UNREACHABLE ? 'network' : 'credential';
    return failure(kind, had.code, had.message, { requestId: '', sent: false });
  }

  const standstill = skew.standstill();
  if (standstill !== undefined) return failure('clock', 'CLOCK', standstill, { requestId: '', sent: false });

  const { credentials } = had;
  const stamp = skew.stamp();
  const { request, requestId: ownId, proof } = plan.sign(credentials, stamp.timestampS);
  const clean = (text: string) => redact(text, credentials, proof);
  const startMs = clock.now();
  const finish = (code: string, kind: CloudErrorKind | 'OK') =>
    context.onCall?.({ scope, api, action, code, kind, durationMs: clock.now() - startMs, ids });

  let response: HttpResponse;
  try {
    response = await context.transport(request, signal);
  } catch (error) {
    const lost = transportFailure(error);
    finish(signal.aborted ? 'ABORTED' : lost.code, 'network');
    signal.throwIfAborted();
    return failure('network', lost.code, bounded(clean(lost.message)), {
      requestId: ownId,
      sent: lost.sent,
    });
  }

  const reply = readReply(response, clean);
  const outcome = reply.ok ? plan.read(reply) : reply;
  finish(outcome.ok ? 'OK' : outcome.code, outcome.ok ? 'OK' : outcome.kind);
  const requestId = requestIdOf(reply) ?? ownId;
  if (outcome.ok) {
    skew.accepted(stamp);
    return { ok: true, value: outcome.value, requestId, api };
  }

  let { message } = outcome;
  if (outcome.kind === 'credential') context.credentials.invalidate(scope.account);
  if (outcome.kind === 'clock') {
    const result = skew.refused(stamp, response.headers.date);
    if (result.outcome === 'uncorrected') message = `${message} (${result.message})`.trim();
  }
  return failure(outcome.kind, outcome.code, message, { requestId, sent: true });

  function failure(
    kind: CloudErrorKind,
    code: string,
    text: string,
    rest: Pick<CloudError, 'requestId' | 'sent'>,
  ): CloudResult<T> {
    return { ok: false, error: { kind, api, action, code, message: text, ...rest } };
  }
}

function requestIdOf(reply: Reply): string | undefined {
  return reply.requestId === '' ? undefined : reply.requestId;
}

/** What kept the reply from coming. Anything but a {@link TransportError} may have been sent, for all we know. */
function transportFailure(error: unknown): { code: string; message: string; sent: boolean } {
  if (error instanceof TransportError) {
    return { code: error.code, message: error.message, sent: error.sent };
  }
  return { code: 'UNKNOWN', message: messageOf(error), sent: true };
}
