/** A message for people, before it has a form: one for one cause. */
import type { BindingKey } from '../api/ids.ts';

/** What messages are about, each with a sentence. */
export const NOTIFICATION_KINDS = {
  'plan-waits': 'A plan waits for an approval: its digest, and how to approve it.',
  'write-failed': 'The cloud refused a write for good, or the journal cannot be written, so nothing is.',
  drift: 'Somebody has changed lists: whether they are repaired, and what that had opened.',
  contested: 'Somebody else keeps changing lists back.',
  refused: 'A guard refuses a change.',
  source: 'What declares cannot be read or is not valid, so an older truth stays in force.',
  credentials: 'The cloud refuses the credentials, or they cannot be had.',
  exposure: 'What a rule of the policy forbids is open, or would be and was refused.',
  rules: 'Somebody changed rules of groups, and that opened traffic.',
} as const;

export type NotificationKind = keyof typeof NOTIFICATION_KINDS;

/** The least serious first. */
export const SEVERITIES = ['info', 'warning', 'error'] as const;

export type Severity = (typeof SEVERITIES)[number];

export interface Notification {
  /** Also `summary`: several in one; and `test`: somebody tries whether messages arrive. */
  readonly kind: NotificationKind | 'summary' | 'test';
  readonly severity: Severity;
  /** CamelCase: the reason of a condition, or what an Event would have. */
  readonly reason: string;
  /** One line. */
  readonly title: string;
  /** A line each, the most important first. */
  readonly details: readonly string[];
  /** By the calendar. */
  readonly atMs: number;
  /** Whose it is; empty where it is about none. */
  readonly bindings: readonly BindingKey[];
  /** `account@region`. */
  readonly scope?: string | undefined;
  /** Of the directory. */
  readonly revision?: string | undefined;
  /** Of the plan that waits. */
  readonly digest?: string | undefined;
}
