/** JSON for programs, signed over the bytes that are sent. */
import { createHmac } from 'node:crypto';
import type { Notification } from '../notification.ts';
import { type Format, jsonMessage, statusAnswer } from './format.ts';
import { plainText } from './text.ts';

const MOST_BINDINGS = 100;

export const webhook: Format = {
  limits: [{ count: 5, withinMs: 1_000 }],
  message(notification, { url, secret }) {
    const message = jsonMessage(url, bodyOf(notification));
    if (secret === undefined) return message;
    const signature = createHmac('sha256', secret).update(message.body).digest('hex');
    return { ...message, headers: { ...message.headers, 'x-signature': `sha256=${signature}` } };
  },
  answer: (response) => statusAnswer(response) ?? { result: 'sent' },
};

function bodyOf(notification: Notification): object {
  const { kind, severity, reason, title, details, atMs, bindings, scope, revision, digest } = notification;
  const time = new Date(atMs).toISOString();
  const text = plainText(notification);
  return {
    ...{ version: 1, kind, severity, reason, title, details, text, time },
    ...{ bindings: bindings.slice(0, MOST_BINDINGS), bindingCount: bindings.length },
    ...{ scope, revision, digest },
  };
}
