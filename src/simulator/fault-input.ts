/** Faults as users write them: JSON for the control API, `key=value,…` for a command line. */

import { isInstanceId } from '../api/ids.ts';
import { ACTION_NAMES } from './action-names.ts';
import { FAULT_KINDS, type FaultKind, type FaultSpec } from './fault.ts';
import { isMap } from './instance-fields.ts';

export type FaultInput =
  | { readonly ok: true; readonly spec: FaultSpec }
  | { readonly ok: false; readonly problem: string };

interface FieldRule {
  readonly wanted: string;
  accepts(value: unknown): boolean;
  /** The value that a word on the command line stands for. */
  read(word: string): unknown;
}

const isText = (value: unknown): boolean => typeof value === 'string' && value !== '';
const text: FieldRule = { wanted: 'text', accepts: isText, read: (word) => word };
const number = (wanted: string, accepts: (value: number) => boolean): FieldRule => ({
  wanted,
  accepts: (value) => typeof value === 'number' && accepts(value),
  read: (word) => (/^-?\d+(\.\d+)?$/.test(word) ? Number(word) : word),
});

const SCOPE_FIELDS: Readonly<Record<string, FieldRule>> = {
  action: {
    wanted: `\`*\` or one of ${ACTION_NAMES.join(', ')}`,
    accepts: (value) => value === '*' || (typeof value === 'string' && ACTION_NAMES.includes(value)),
    read: (word) => word,
  },
  api: { wanted: '`v2` or `v3`', accepts: (value) => value === 'v2' || value === 'v3', read: (word) => word },
  account: text,
  region: text,
  instanceIds: {
    wanted: 'a list of instance ids (on a command line, joined by `+`)',
    accepts: (value) =>
      Array.isArray(value) &&
      value.length > 0 &&
      value.every((id) => typeof id === 'string' && isInstanceId(id)),
    read: (word) => word.split('+'),
  },
  count: number('a whole number of 1 or more', (value) => Number.isSafeInteger(value) && value >= 1),
  probability: number('above 0 and at most 1', (value) => value > 0 && value <= 1),
};

const DURATION = number('milliseconds, 0 or more', (value) => value >= 0 && Number.isFinite(value));
const SKEW = number('milliseconds, negative for a clock that is behind', Number.isFinite);
const STATUS = number(
  'an HTTP status from 400 to 599',
  (value) => Number.isInteger(value) && value >= 400 && value <= 599,
);

interface EffectFields {
  readonly required: Readonly<Record<string, FieldRule>>;
  readonly optional?: Readonly<Record<string, FieldRule>>;
}

const EFFECT_FIELDS: Readonly<Record<FaultKind, EffectFields>> = {
  throttle: { required: {} },
  error: { required: { code: text }, optional: { message: text } },
  partial: { required: {} },
  'not-applied': { required: {}, optional: { message: text } },
  http: { required: { status: STATUS } },
  html: { required: {} },
  truncated: { required: {} },
  'reset-before': { required: {} },
  'reset-after': { required: {} },
  'v2-retired': { required: {}, optional: { code: text } },
  'token-expired': { required: {} },
  latency: { required: { ms: DURATION } },
  'stale-reads': { required: { ms: DURATION } },
  'clock-skew': { required: { ms: SKEW } },
};

const wrong = (problem: string): FaultInput => ({ ok: false, problem });

function fieldsOf(kind: FaultKind): Readonly<Record<string, FieldRule>> {
  const { required, optional } = EFFECT_FIELDS[kind];
  return { ...required, ...optional, ...SCOPE_FIELDS };
}

/** Judges a fault given as JSON, such as `{"kind": "error", "action": "ModifyInstancesAttribute", "code": "InternalError", "count": 3}`. */
export function parseFault(value: unknown): FaultInput {
  if (!isMap(value)) return wrong('Expected a fault to be a JSON object with `kind`.');
  const { kind: given, ...fields } = value;
  const kind = FAULT_KINDS.find((it) => it === given);
  if (kind === undefined) {
    return wrong(
      `Expected \`kind\` to be one of ${FAULT_KINDS.join(', ')}, got ${JSON.stringify(given) ?? 'nothing'}.`,
    );
  }
  const rules = fieldsOf(kind);
  for (const [name, field] of Object.entries(fields)) {
    const rule = Object.hasOwn(rules, name) ? rules[name] : undefined;
    if (rule === undefined) {
      return wrong(
        `Unknown field '${name}' for the fault '${kind}'; the fields are ${Object.keys(rules).join(', ')}.`,
      );
    }
    if (!rule.accepts(field))
      return wrong(`Expected '${name}' to be ${rule.wanted}, got ${JSON.stringify(field)}.`);
  }
  const missing = Object.keys(EFFECT_FIELDS[kind].required).find((name) => fields[name] === undefined);
  if (missing !== undefined) return wrong(`The fault '${kind}' needs '${missing}'.`);
  return { ok: true, spec: { ...fields, kind } as unknown as FaultSpec };
}

/** Judges a fault given on a command line, such as `kind=error,action=ModifyInstancesAttribute,code=InternalError,count=3`. */
export function parseFaultText(line: string): FaultInput {
  const words = new Map<string, string>();
  for (const part of line.split(',')) {
    const equals = part.indexOf('=');
    if (equals < 1) return wrong(`Expected \`name=value\` joined by commas, got '${part}'.`);
    const name = part.slice(0, equals).trim();
    if (words.has(name)) return wrong(`The field '${name}' is given twice.`);
    words.set(name, part.slice(equals + 1).trim());
  }
  const kind = FAULT_KINDS.find((it) => it === words.get('kind'));
  const rules = new Map(kind === undefined ? [] : Object.entries(fieldsOf(kind)));
  const value = Object.fromEntries(
    [...words].map(([name, word]) => [name, rules.get(name)?.read(word) ?? word]),
  );
  return parseFault(value);
}
