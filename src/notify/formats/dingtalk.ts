/** A custom robot of DingTalk: Markdown, signed in the address; 20 messages a minute, and past them none for ten minutes. */
import { createHmac } from 'node:crypto';
import { codeAnswer, type Format, jsonMessage, MINUTE_MS } from './format.ts';
import { cutToBytes, detailLines, titleText, withoutMarkup } from './text.ts';

const LONGEST = 8_000;
const BLOCKED_MS = 10 * MINUTE_MS;

export const dingtalk: Format = {
  limits: [{ count: 20, withinMs: MINUTE_MS }],
  message(notification, { url, secret }, nowMs) {
    const title = withoutMarkup(titleText(notification));
    // A single line break is none there.
    const text = cutToBytes(
      [`**${title}**`, ...detailLines(notification).map(withoutMarkup)].join('\n\n'),
      LONGEST,
    );
    const body = { msgtype: 'markdown', markdown: { title, text }, at: { isAtAll: false } };
    return jsonMessage(secret === undefined ? url : signed(url, secret, nowMs), body);
  },
  answer: codeAnswer({ code: 'errcode', message: 'errmsg' }, { 130101: BLOCKED_MS, 130102: BLOCKED_MS }),
};

function signed(url: string, secret: string, nowMs: number): string {
  const timestamp = String(nowMs);
  const sign = createHmac('sha256', secret).update(`${timestamp}\n${secret}`).digest('base64');
  const signedUrl = new URL(url);
  signedUrl.searchParams.set('timestamp', timestamp);
  signedUrl.searchParams.set('sign', sign);
  return signedUrl.href;
}
