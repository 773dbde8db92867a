/** Every form of messages, by the name that the configuration has for it. */
import { dingtalk } from './dingtalk.ts';
import { feishu } from './feishu.ts';
import { flux } from './flux.ts';
import type { Format } from './format.ts';
import { slack } from './slack.ts';
import { webhook } from './webhook.ts';
import { wecom } from './wecom.ts';

export const FORMATS = { webhook, flux, wecom, feishu, dingtalk, slack } as const satisfies Readonly<
  Record<string, Format>
>;

export type FormatName = keyof typeof FORMATS;
