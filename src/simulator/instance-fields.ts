/** The fields of an instance that a fleet file or a control request may set: one table for both, so neither knows a field that the other lacks. */
import { isSecurityGroupId } from '../api/ids.ts';
import { MAX_NAME_LENGTHS } from './fleet.ts';

/** What a value has to be; the text completes "Expected … to be". */
export interface FieldRule {
  readonly wanted: string;
  accepts(value: unknown): boolean;
}

export const text: FieldRule = { wanted: 'text', accepts: (value) => typeof value === 'string' };

const texts: FieldRule = {
  wanted: 'a list of texts',
  accepts: (value) => Array.isArray(value) && value.every((item) => typeof item === 'string'),
};

/** A name of at most as many characters as the vendor documents. */
export const nameOf = (max: number): FieldRule => ({
  wanted: `text of at most ${max} characters`,
  accepts: (value) => typeof value === 'string' && [...value].length <= max,
});

const tags: FieldRule = {
  wanted: `a map of text to text, keys of at most ${MAX_NAME_LENGTHS.tagKey} and values of at most ${MAX_NAME_LENGTHS.tagValue} characters`,
  accepts: (value) =>
    isMap(value) &&
    Object.keys(value).every(nameOf(MAX_NAME_LENGTHS.tagKey).accepts) &&
    Object.values(value).every(nameOf(MAX_NAME_LENGTHS.tagValue).accepts),
};

const wholeNumber: FieldRule = {
  wanted: 'a whole number of 0 or more',
  accepts: (value) => Number.isSafeInteger(value) && Number(value) >= 0,
};

const time = (form: RegExp, example: string): FieldRule => ({
  wanted: `a time such as ${example}`,
  accepts: (value) => typeof value === 'string' && form.test(value) && !Number.isNaN(Date.parse(value)),
});

export const oneOf = (values: readonly string[]): FieldRule => ({
  wanted: `one of ${values.join(', ')}`,
  accepts: (value) => typeof value === 'string' && values.includes(value),
});

export const INSTANCE_STATES: readonly string[] = [
  'PENDING',
  'LAUNCH_FAILED',
  'RUNNING',
  'STOPPED',
  'STARTING',
  'STOPPING',
  'REBOOTING',
  'SHUTDOWN',
  'TERMINATING',
  'ENTER_RESCUE_MODE',
  'RESCUE_MODE',
  'EXIT_RESCUE_MODE',
  'ENTER_SERVICE_LIVE_MIGRATE',
  'SERVICE_LIVE_MIGRATE',
  'EXIT_SERVICE_LIVE_MIGRATE',
];

export const RESTRICT_STATES: readonly string[] = ['NORMAL', 'EXPIRED', 'PROTECTIVELY_ISOLATED'];

const INSTANCE_FIELDS: Readonly<Record<string, FieldRule>> = {
  securityGroupIds: {
    wanted: 'a list of security group ids such as sg-1sdj39df, each once',
    accepts: (value) =>
      Array.isArray(value) &&
      value.every((id) => typeof id === 'string' && isSecurityGroupId(id)) &&
      new Set(value).size === value.length,
  },
  instanceName: nameOf(MAX_NAME_LENGTHS.instance),
  tags,
  vpcId: text,
  subnetId: text,
  projectId: wholeNumber,
  zone: text,
  state: oneOf(INSTANCE_STATES),
  restrictState: oneOf(RESTRICT_STATES),
  latestOperation: text,
  latestOperationState: oneOf(['SUCCESS', 'OPERATING', 'FAILED']),
  latestOperationRequestId: text,
  latestOperationErrorMsg: text,
  isolatedSource: oneOf(['ARREAR', 'EXPIRE', 'MANMADE', 'NOTISOLATED']),
  stopChargingMode: oneOf(['KEEP_CHARGING', 'STOP_CHARGING', 'NOT_APPLICABLE']),
  instanceType: text,
  instanceChargeType: oneOf(['PREPAID', 'POSTPAID_BY_HOUR', 'CDHPAID', 'SPOTPAID', 'CDCPAID']),
  imageId: text,
  osName: text,
  hostId: text,
  dedicatedClusterId: text,
  privateIpAddresses: texts,
  publicIpAddresses: texts,
  ipv6Addresses: texts,
  createdTime: time(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/, '2024-01-01T00:00:00Z'),
  hostName: text,
  camRoleName: text,
  userData: text,
  disableApiTermination: { wanted: 'true or false', accepts: (value) => typeof value === 'boolean' },
};

export const groupTime = time(/^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}$/, '2024-01-01 00:00:00');

/** The fields of a security group in a fleet file, beside its id and account. */
const GROUP_FIELDS: Readonly<Record<string, FieldRule>> = {
  name: nameOf(MAX_NAME_LENGTHS.group),
  description: nameOf(MAX_NAME_LENGTHS.groupDescription),
  projectId: wholeNumber,
  tags,
  createdTime: groupTime,
  updateTime: groupTime,
  ingress: { wanted: 'a list of rules', accepts: Array.isArray },
  egress: { wanted: 'a list of rules', accepts: Array.isArray },
  rulesVersion: wholeNumber,
};

/** Whether a value is a plain map. */
export function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What is wrong with one field of an instance, null when nothing is. */
export function fieldProblem(name: string, value: unknown): string | null {
  return problemIn(INSTANCE_FIELDS, name, value);
}

/** What is wrong with one field of a security group, null when nothing is. */
export function groupFieldProblem(name: string, value: unknown): string | null {
  return problemIn(GROUP_FIELDS, name, value);
}

/** What is wrong with one field among those that there are, null when nothing is. */
export function problemIn(
  rules: Readonly<Record<string, FieldRule>>,
  name: string,
  value: unknown,
): string | null {
  const rule = Object.hasOwn(rules, name) ? rules[name] : undefined;
  if (rule === undefined) return `Unknown field '${name}'; the fields are ${Object.keys(rules).join(', ')}.`;
  return rule.accepts(value)
    ? null
    : `Expected '${name}' to be ${rule.wanted}, got ${JSON.stringify(value)}.`;
}
