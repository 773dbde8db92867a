/** The handler layer: one HTTP request in, one answer out. It awaits nothing but the clock, and changes state in one go. */
import type { Random } from '../runtime/random.ts';
import type { HttpRequest } from '../runtime/transport.ts';
import type { ApiCall } from './api-call.ts';
import { countedAction } from './calls.ts';
import { Dispatcher } from './dispatch.ts';
import { htmlPage, JSON_TYPE, outcomeCode, respond, writeEnvelope } from './envelope.ts';
import { type Failure, type Outcome, offline, quotaExceeded, refuse, tokenFailure } from './failures.ts';
import type { DrawnFaults, FaultTarget, MainEffect } from './faults.ts';
import { type Incoming, takeApart, vendorHost } from './incoming.ts';
import type { Answer, Machine } from './machine.ts';
import { METADATA_PATH, MetadataEndpoint, metadataAction } from './metadata.ts';
import { longRegion } from './regions.ts';
import { parseV2Call } from './v2/parse-call.ts';
import { parseV3Call } from './v3/parse-call.ts';

const V2_PATH = '/v2/index.php';

/** What was found out about a request by the time of its answer. */
interface Answered {
  readonly answer: Answer;
  readonly outcome: string;
  readonly account: string;
  readonly throttled: boolean;
}

export class Handler {
  readonly #machine: Machine;
  readonly #dispatcher: Dispatcher;
  readonly #metadata: MetadataEndpoint;

  constructor(machine: Machine) {
    this.#machine = machine;
    this.#dispatcher = new Dispatcher(machine);
    this.#metadata = new MetadataEndpoint(machine);
  }

  async handle(request: HttpRequest): Promise<Answer> {
    const incoming = takeApart(request);
    if (incoming.path.startsWith(METADATA_PATH)) return this.#handleMetadata(incoming);
    const call = this.#parse(incoming);
    if (call === null) {
      const page = htmlPage('404 Not Found');
      return { kind: 'response', response: respond(404, 'text/html', page, this.#machine.clock.now()) };
    }
    return this.#handleCall(call);
  }

  /** Generations are told apart as the real hosts are: by path, and by host where it is one of the vendor's. */
  #parse(incoming: Incoming): ApiCall | null {
    const { generation } = vendorHost(incoming.host);
    if (incoming.path === V2_PATH && generation !== 'v3') return parseV2Call(incoming, this.#machine);
    if (incoming.path === '/' && generation !== 'v2') return parseV3Call(incoming, this.#machine);
    return null;
  }

  async #handleCall(call: ApiCall): Promise<Answer> {
    const target: FaultTarget = {
      api: call.api,
      action: call.action,
      account: this.#machine.credentials.find(call.secretId)?.accountName ?? '',
      region: longRegion(call.region),
      instanceIds: namedInstances(call.params.values),
    };
    return this.#handleTarget(target, (faults, serverMs, requestId) => {
      const served = serveCall(this.#machine, this.#dispatcher, { call, faults, requestId, serverMs });
      const context = { envelope: call.envelope, requestId, random: this.#machine.random };
      const body = writeEnvelope(served.outcome, context);
      return {
        answer: { kind: 'response', response: respond(200, JSON_TYPE, body, serverMs) },
        outcome: outcomeCode(served.outcome, call.envelope),
        account: served.account === '' ? target.account : served.account,
        throttled: !served.outcome.ok && served.outcome.failure.throttled === true,
      };
    });
  }

  async #handleMetadata({ method, path }: Incoming): Promise<Answer> {
    const target: FaultTarget = {
      api: 'metadata',
      action: metadataAction(path),
      account: '',
      region: '',
      instanceIds: [],
    };
    return this.#handleTarget(target, (_, serverMs) => {
      const { response, account, outcome } = this.#metadata.answer(method, path, serverMs);
      return { answer: { kind: 'response', response }, account, outcome, throttled: false };
    });
  }

  /** Draws the faults, lets half the latency pass on each side of the work, spoils the answer, and logs the call. */
  async #handleTarget(
    target: FaultTarget,
    work: (faults: DrawnFaults, serverMs: number, requestId: string) => Answered,
  ): Promise<Answer> {
    const { clock, calls, faults: book, latencyMs, random } = this.#machine;
    const faults = book.draw(target);
    const latency = latencyMs + faults.latencyMs;
    const requestId = newRequestId(random);
    if (latency > 0) await clock.sleep(latency / 2);
    const serverMs = clock.now() + faults.clockSkewMs;
    const answered =
      failBefore(faults, serverMs, target.account) ?? spoil(faults, work(faults, serverMs, requestId));
    calls.record({
      timeMs: clock.now(),
      api: target.api,
      action: target.action,
      account: answered.account,
      region: target.region,
      instanceIds: target.instanceIds,
      outcome: answered.outcome,
      throttled: answered.throttled,
      requestId,
    });
    if (latency > 0) await clock.sleep(latency - latency / 2);
    return answered.answer;
  }
}

/** The faults that strike before the request reaches anything. */
function failBefore(faults: DrawnFaults, serverMs: number, account: string): Answered | null {
  const effect = faults.main;
  switch (effect?.kind) {
    case 'reset-before':
      return { answer: { kind: 'reset' }, outcome: 'reset-before', account, throttled: false };
    case 'http': {
      const response = respond(effect.status, 'text/html', htmlPage(`${effect.status} Simulated`), serverMs);
      return {
        answer: { kind: 'response', response },
        outcome: `HTTP ${effect.status}`,
        account,
        throttled: false,
      };
    }
    case 'html': {
      const response = respond(200, 'text/html', htmlPage('Welcome'), serverMs);
      return { answer: { kind: 'response', response }, outcome: 'html', account, throttled: false };
    }
    default:
      return null;
  }
}

/** The faults that strike after the work is done. */
function spoil(faults: DrawnFaults, answered: Answered): Answered {
  const { answer } = answered;
  if (answer.kind === 'reset') return answered;
  switch (faults.main?.kind) {
    case 'reset-after':
      return { ...answered, answer: { kind: 'reset' }, outcome: 'reset-after' };
    case 'truncated': {
      const body = answer.response.body.slice(0, Math.floor(answer.response.body.length / 2));
      return {
        ...answered,
        answer: { kind: 'response', response: { ...answer.response, body } },
        outcome: 'truncated',
      };
    }
    default:
      return answered;
  }
}

/** The instance ids that a call names, for the log and for faults about instances; tolerant, since the call may be malformed. */
function namedInstances(values: Readonly<Record<string, unknown>>): readonly string[] {
  const ids: string[] = [];
  const { InstanceIds: list, instanceSet: set } = values;
  if (Array.isArray(list))
    for (const id of list as readonly unknown[]) if (typeof id === 'string') ids.push(id);
  if (Array.isArray(set)) {
    for (const item of set as readonly unknown[]) {
      if (typeof item !== 'object' || item === null) continue;
      const { instanceId } = item as Record<string, unknown>;
      if (typeof instanceId === 'string') ids.push(instanceId);
    }
  }
  return ids;
}

/** A request id of the vendor's form: a version-4 UUID, drawn from `random`. */
function newRequestId(random: Random): string {
  return 'xxxxxxxx-xxxx-4xxx-8xxx-xxxxxxxxxxxx'.replace(/x/g, () =>
    Math.floor(random.next() * 16).toString(16),
  );
}

// One API call from arrival to answer: verify, count, fail on purpose, act. Synchronous; the server's clock is `serverMs`.

interface ServedCall {
  readonly outcome: Outcome;
  /** Empty when the sender could not be told. */
  readonly account: string;
}

interface ServeInput {
  readonly call: ApiCall;
  readonly faults: DrawnFaults;
  readonly requestId: string;
  readonly serverMs: number;
}

function serveCall(machine: Machine, dispatcher: Dispatcher, input: ServeInput): ServedCall {
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
