/** Control requests and their answers, for every part of the control API. */
import { messageOf } from '../api/message-of.ts';

export const CONTROL_PREFIX = '/_sim';

export interface ControlRequest {
  readonly method: string;
  /** With the prefix, without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: string;
}

export interface ControlResponse {
  readonly status: number;
  /** JSON, or plain text when it is a text. */
  readonly body: unknown;
}

export const wrong = (status: number, error: string): ControlResponse => ({ status, body: { error } });

export function parseJson(
  text: string,
): { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly problem: string } {
  try {
    return { ok: true, value: JSON.parse(text) };
  } catch (error) {
    const reason = messageOf(error);
    return { ok: false, problem: `The body is not JSON: ${reason}` };
  }
}

export function unknownQuery(request: ControlRequest, known: readonly string[]): ControlResponse | null {
  const unknown = [...request.query.keys()].find((name) => !known.includes(name));
  if (unknown === undefined) return null;
  return wrong(400, `Unknown query parameter '${unknown}'; the parameters are ${known.join(', ')}.`);
}

export function notFound(request: ControlRequest): ControlResponse {
  return wrong(404, `There is nothing at '${request.path}'; GET ${CONTROL_PREFIX}/ explains what there is.`);
}

export function notAllowed(request: ControlRequest, allowed: string): ControlResponse {
  return wrong(405, `'${request.path}' takes ${allowed}, got ${request.method}.`);
}
