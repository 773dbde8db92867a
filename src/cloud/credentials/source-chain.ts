/** Asks sources in order; the first that is configured decides, even when it fails. */
import { messageOf } from '../../api/message-of.ts';
import { TransportError } from '../../runtime/transport.ts';
import {
  type CredentialsResult,
  type CredentialsSource,
  ENDPOINT_UNREACHABLE,
  type SourceAnswer,
} from './credentials.ts';

/** Resolves for every failure of a source; rejects only with the signal's reason. */
export async function loadFromChain(
  sources: readonly CredentialsSource[],
  signal: AbortSignal,
): Promise<CredentialsResult> {
  const reasons: string[] = [];
  for (const source of sources) {
    const answer = await ask(source, signal);
    if (answer.kind === 'found') return { ok: true, credentials: answer.credentials };
    if (answer.kind === 'failed') {
      return { ok: false, code: 'CredentialsUnavailable', message: answer.reason };
    }
    if (answer.kind === 'unreachable') {
      const others = reasons.length === 0 ? '' : `; no other credentials: ${reasons.join('; ')}`;
      return { ok: false, code: ENDPOINT_UNREACHABLE, message: `${answer.reason}${others}` };
    }
    reasons.push(answer.reason);
  }
  return { ok: false, code: 'NoCredentials', message: `no credentials found: ${reasons.join('; ')}` };
}

async function ask(source: CredentialsSource, signal: AbortSignal): Promise<SourceAnswer> {
  try {
    return await source.load(signal);
  } catch (error) {
    signal.throwIfAborted();
    const reason = `credentials cannot be fetched: ${messageOf(error)}`;
    return { kind: error instanceof TransportError ? 'unreachable' : 'failed', reason };
  }
}
