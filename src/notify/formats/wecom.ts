/** A group robot of WeCom: Markdown of at most 4096 bytes, 20 messages a minute. */
import type { Severity } from '../notification.ts';
import { codeAnswer, type Format, jsonMessage, MINUTE_MS } from './format.ts';
import { cutToBytes, detailLines, titleText, withoutMarkup } from './text.ts';

const LONGEST = 4_096;
const COLORS: Readonly<Record<Severity, string>> = { info: 'info', warning: 'warning', error: 'warning' };

export const wecom: Format = {
  limits: [{ count: 20, withinMs: MINUTE_MS }],
  message(notification, { url }) {
    const title = `<font color="${COLORS[notification.severity]}">**${withoutMarkup(titleText(notification))}**</font>`;
    const lines = detailLines(notification).map((line) => `>${withoutMarkup(line)}`);
    const content = cutToBytes([title, ...lines].join('\n'), LONGEST);
    return jsonMessage(url, { msgtype: 'markdown', markdown: { content } });
  },
  // 45009: too often; 45033: too many at once.
  answer: codeAnswer({ code: 'errcode', message: 'errmsg' }, { 45009: MINUTE_MS, 45033: MINUTE_MS }),
};
