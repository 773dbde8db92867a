/** How an outcome is written in each generation's envelope. Business errors travel with HTTP 200. */
import type { Random } from '../runtime/random.ts';
import type { HttpResponse } from '../runtime/transport.ts';
import type { ApiGeneration } from './api-call.ts';
import type { Outcome } from './failures.ts';

export interface EnvelopeContext {
  readonly envelope: ApiGeneration;
  readonly requestId: string;
  readonly random: Random;
}

/** The JSON text of the answer. */
export function writeEnvelope(outcome: Outcome, context: EnvelopeContext): string {
  return JSON.stringify(context.envelope === 'v3' ? v3Body(outcome, context) : v2Body(outcome, context));
}

function v3Body(outcome: Outcome, { requestId }: EnvelopeContext): unknown {
  if (outcome.ok) return { Response: { ...outcome.body, RequestId: requestId } };
  const { v3, message } = outcome.failure;
  return { Response: { Error: { Code: v3, Message: message }, RequestId: requestId } };
}

/** API 2.0 gives its code now as a number, now as text, sometimes leaves `codeDesc` out, and speaks Chinese or English: so does this. */
function v2Body(outcome: Outcome, { random }: EnvelopeContext): unknown {
  if (outcome.ok) return { code: 0, message: '', codeDesc: 'Success', ...outcome.body };
  const { v2, v3, message, chinese } = outcome.failure;
  const code = /^\d+$/.test(v2) && random.next() >= 0.25 ? Number(v2) : v2;
  const text = chinese !== undefined && random.next() < 0.5 ? chinese : message;
  return { code, message: text, ...(v3 !== v2 && random.next() < 0.75 ? { codeDesc: v3 } : {}) };
}

/** The code that the envelope shows, `ok` when there is none. */
export function outcomeCode(outcome: Outcome, envelope: ApiGeneration): string {
  if (outcome.ok) return 'ok';
  return envelope === 'v3' ? outcome.failure.v3 : outcome.failure.v2;
}

/** A response with the server's time in its Date header. */
export function respond(status: number, contentType: string, body: string, serverMs: number): HttpResponse {
  return {
    status,
    headers: {
      'content-type': contentType,
      date: new Date(serverMs).toUTCString(),
      server: 'nginx',
    },
    body,
  };
}

/** Exactly this text, as the vendor sends it: official clients compare the whole header and take an error under any other for a success. */
export const JSON_TYPE = 'application/json';

export function htmlPage(title: string): string {
  return `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n`;
}
