/** The fields of an instance that a fleet file or a control request may set: one table for both, so neither knows a field that the other lacks. */
import { isSecurityGroupId } from '../api/ids.ts';

/** What a value has to be; the text completes "Expected … to be". */
interface FieldRule {
  readonly wanted: string;
  accepts(value: unknown): boolean;
}

const text: FieldRule = { wanted: 'text', accepts: (value) => typeof value === 'string' };

const oneOf = (values: readonly string[]): FieldRule => ({
  wanted: `one of ${values.join(', ')}`,
  accepts: (value) => typeof value === 'string' && values.includes(value),
});

const INSTANCE_STATES: readonly string[] = [
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

const INSTANCE_FIELDS: Readonly<Record<string, FieldRule>> = {
  securityGroupIds: {
    wanted: 'a list of security group ids such as sg-1sdj39df, each once',
    accepts: (value) =>
      Array.isArray(value) &&
      value.every((id) => typeof id === 'string' && isSecurityGroupId(id)) &&
      new Set(value).size === value.length,
  },
  instanceName: text,
  tags: {
    wanted: 'a map of text to text',
    accepts: (value) => isMap(value) && Object.values(value).every((item) => typeof item === 'string'),
  },
  vpcId: text,
  subnetId: text,
  projectId: {
    wanted: 'a whole number of 0 or more',
    accepts: (value) => Number.isSafeInteger(value) && Number(value) >= 0,
  },
  zone: text,
  state: oneOf(INSTANCE_STATES),
  restrictState: oneOf(['NORMAL', 'EXPIRED', 'PROTECTIVELY_ISOLATED']),
  latestOperation: text,
  latestOperationState: oneOf(['SUCCESS', 'OPERATING', 'FAILED']),
  latestOperationRequestId: text,
  latestOperationErrorMsg: text,
  isolatedSource: oneOf(['ARREAR', 'EXPIRE', 'MANMADE', 'NOTISOLATED']),
  stopChargingMode: oneOf(['KEEP_CHARGING', 'STOP_CHARGING', 'NOT_APPLICABLE']),
};

/** Whether a value is a plain map. */
export function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What is wrong with one field, null when nothing is. */
export function fieldProblem(name: string, value: unknown): string | null {
  const rule = Object.hasOwn(INSTANCE_FIELDS, name) ? INSTANCE_FIELDS[name] : undefined;
  if (rule === undefined) {
    return `Unknown field '${name}'; the fields are ${Object.keys(INSTANCE_FIELDS).join(', ')}.`;
  }
  return rule.accepts(value)
    ? null
    : `Expected '${name}' to be ${rule.wanted}, got ${JSON.stringify(value)}.`;
}
