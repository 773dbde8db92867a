/** One place that messages go to: what it wants of them, and one message sent to it. */
import { type BindingKey, namespaceOf } from '../api/ids.ts';
import { messageOf } from '../api/message-of.ts';
import { matchesGlob } from '../core/glob.ts';
import { visible } from '../core/text/visible.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Secret } from '../runtime/secret.ts';
import type { Transport } from '../runtime/transport.ts';
import { FORMATS, type FormatName } from './formats/all-formats.ts';
import { type Address, type Answer, type Message, withoutAddress } from './formats/format.ts';
import { cutToBytes } from './formats/text.ts';
import { type Notification, type NotificationKind, SEVERITIES, type Severity } from './notification.ts';

export interface TargetSettings {
  readonly name: string;
  readonly format: FormatName;
  /** The address, looked up for each message: a Secret may be given anew. Rejects when it cannot be had; the error holds no secret. */
  readonly url: () => Promise<Secret>;
  /** Of the signature. */
  readonly secret: (() => Promise<Secret>) | undefined;
  /** The least serious that it wants. */
  readonly severity: Severity;
  /** Undefined: all. */
  readonly kinds: readonly NotificationKind[] | undefined;
  /** Globs. Undefined: all. */
  readonly namespaces: readonly string[] | undefined;
}

export interface Sender {
  readonly transport: Transport;
  readonly clock: Clock;
}

const LONGEST_DETAIL = 300;

/** What a target wants of a notification, with the bindings that it wants; undefined: nothing. */
export function wantedOf(
  { severity, kinds, namespaces }: TargetSettings,
  notification: Notification,
): Notification | undefined {
  if (SEVERITIES.indexOf(notification.severity) < SEVERITIES.indexOf(severity)) return undefined;
  if (kinds?.every((kind) => kind !== notification.kind)) return undefined;
  if (namespaces === undefined || notification.bindings.length === 0) return notification;
  const isWanted = (key: BindingKey) => namespaces.some((glob) => matchesGlob(glob, namespaceOf(key)));
  const bindings = notification.bindings.filter(isWanted);
  return bindings.length === 0 ? undefined : { ...notification, bindings };
}

/** The message as it would be sent, without what proves who sends it. Rejects when the address cannot be had. */
export async function shownMessage(
  target: TargetSettings,
  notification: Notification,
  nowMs: number,
): Promise<Message> {
  const address = await addressOf(target);
  const { headers, body } = FORMATS[target.format].message(notification, address, nowMs);
  const shown = Object.entries(headers).map(
    ([name, value]) => [name, withoutAddress(value, address)] as const,
  );
  return {
    url: `${new URL(address.url).origin}/[secret]`,
    headers: Object.fromEntries(shown),
    body: withoutAddress(body, address),
  };
}

/** Never rejects; what went wrong is told without the address. */
export async function sendTo(
  target: TargetSettings,
  notification: Notification,
  { transport, clock }: Sender,
): Promise<Answer> {
  let address: Address;
  try {
    address = await addressOf(target);
  } catch (error) {
    return { result: 'failed', isFinal: false, detail: messageOf(error) };
  }
  const said = (text: string) => visible(cutToBytes(withoutAddress(text, address), LONGEST_DETAIL));
  try {
    const format = FORMATS[target.format];
    const message = format.message(notification, address, clock.wall());
    const answer = format.answer(await transport({ method: 'POST', ...message }));
    return answer.result === 'sent' ? answer : { ...answer, detail: said(answer.detail) };
  } catch (error) {
    return { result: 'failed', isFinal: false, detail: said(messageOf(error)) };
  }
}

async function addressOf({ url, secret }: TargetSettings): Promise<Address> {
  const [address, key] = await Promise.all([url(), secret?.()]);
  return { url: address.reveal(), secret: key?.reveal() };
}
