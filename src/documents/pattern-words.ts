/** The patterns of fields as a person says them: a regular expression is for programs. */
import { type FieldPath, formatPath } from '../api/problem.ts';

export interface PatternWords {
  /** What a value of the field is; completes `"x" is not …`. */
  readonly what: string;
  /** How one is written; completes `write …`. */
  readonly form: string;
}

const ID = '6 to 16 lower-case letters or digits';
const INSTANCE: PatternWords = {
  what: 'the id of a CVM instance',
  form: `the id of a CVM instance, \`ins-\` and ${ID}`,
};
const NAME = 'lower-case letters, digits, `-` and `.`, a letter or digit at both ends';
const LABEL_VALUE = 'letters, digits, `-`, `_` and `.`, a letter or digit at both ends';

/** By path, with `[]` for any index and `.*` for any key. */
const WORDS: Readonly<Record<string, PatternWords>> = {
  'metadata.name': { what: 'a name', form: `a name of ${NAME}` },
  'metadata.namespace': { what: 'a namespace', form: 'a namespace of lower-case letters, digits and `-`' },
  'metadata.labels.*': { what: 'the value of a label', form: `one of ${LABEL_VALUE}` },
  'spec.region': { what: 'a region', form: 'a region such as `ap-guangzhou`' },
  'spec.instanceIds[]': INSTANCE,
  'spec.instanceSelector.vpcId': { what: 'the id of a VPC', form: `the id of a VPC, \`vpc-\` and ${ID}` },
  'spec.instanceSelector.excludeInstanceIds[]': INSTANCE,
  'spec.sgIds[]': {
    what: 'the id of a security group',
    form: `the id of a security group, \`sg-\` and ${ID}`,
  },
  'spec.suspendUntil': {
    what: 'a time',
    form: 'a time such as `2026-03-01T18:00:00Z`, or `2026-03-01T18:00:00+08:00` for another zone',
  },
  'spec.interval': { what: 'a duration', form: 'a duration such as `30s`, `5m` or `1h30m`' },
  'spec.credentialsRef.name': { what: 'the name of a Secret or profile', form: `one of ${NAME}` },
};

/** Undefined for a field that has no words of its own. */
export function patternWords(path: FieldPath): PatternWords | undefined {
  const plain = formatPath(path.map((part) => (typeof part === 'number' ? 0 : part))).replaceAll('[0]', '[]');
  return WORDS[plain] ?? WORDS[[...path.slice(0, -1), '*'].join('.')];
}
