/** A custom bot of Feishu or Lark: a card, signed in its body; 100 messages a minute and 5 a second. */
import { createHmac } from 'node:crypto';
import type { Severity } from '../notification.ts';
import { codeAnswer, type Format, jsonMessage, MINUTE_MS } from './format.ts';
import { cutToBytes, detailLines, titleText, withoutMarkup } from './text.ts';

/** Of the text: the body may have 20 kB, escapes and all. */
const LONGEST = 8_000;
const COLORS: Readonly<Record<Severity, string>> = { info: 'turquoise', warning: 'orange', error: 'red' };

export const feishu: Format = {
  limits: [
    { count: 5, withinMs: 1_000 },
    { count: 100, withinMs: MINUTE_MS },
  ],
  message(notification, { url, secret }, nowMs) {
    const content = cutToBytes(withoutMarkup(detailLines(notification).join('\n')), LONGEST);
    const title = { tag: 'plain_text', content: titleText(notification) };
    const card = {
      config: { wide_screen_mode: true },
      header: { title, template: COLORS[notification.severity] },
      elements: [{ tag: 'div', text: { tag: 'lark_md', content } }],
    };
    const signed = secret === undefined ? {} : signature(secret, nowMs);
    return jsonMessage(url, { ...signed, msg_type: 'interactive', card });
  },
  // 11232 and 9499: too often.
  answer: codeAnswer({ code: 'code', message: 'msg' }, { 11232: MINUTE_MS, 9499: MINUTE_MS }),
};

/** Time and secret are the key, and nothing is the message. */
function signature(secret: string, nowMs: number): object {
  const timestamp = String(Math.floor(nowMs / 1_000));
  const sign = createHmac('sha256', `${timestamp}\n${secret}`).digest('base64');
  return { timestamp, sign };
}
