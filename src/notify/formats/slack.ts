/** An incoming webhook of Slack: text, one message a second; it answers `ok`. */
import { type Format, jsonMessage, statusAnswer, unknownAnswer } from './format.ts';
import { cutToBytes, detailLines, titleText } from './text.ts';

const LONGEST = 4_000;

export const slack: Format = {
  limits: [{ count: 1, withinMs: 1_000 }],
  message(notification, { url }) {
    const lines = [`*${escaped(titleText(notification))}*`, ...detailLines(notification).map(escaped)];
    return jsonMessage(url, { text: cutToBytes(lines.join('\n'), LONGEST) });
  },
  answer: (response) =>
    statusAnswer(response) ?? (response.body.trim() === 'ok' ? { result: 'sent' } : unknownAnswer(response)),
};

/** As Slack has it: with these three a text holds no link and no mention. */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
