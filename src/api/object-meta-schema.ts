/**
 * What a Kubernetes API server accepts as `metadata` of a namespaced object.
 * Follows k8s.io/apimachinery `validation.ValidateObjectMeta`; a CRD's own schema may not say this.
 */
import type { StructuralSchema } from './structural-schema.ts';

const DNS_LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const DNS_SUBDOMAIN = `${DNS_LABEL}(\\.${DNS_LABEL})*`;
const NAME_PART = '[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?';

/** What a namespace may be called, next to its length of 63 at most. */
export const NAMESPACE_PATTERN = `^${DNS_LABEL}$`;
export const LABEL_KEY_PATTERN = `^(${DNS_SUBDOMAIN}/)?${NAME_PART}$`;
export const LABEL_VALUE_PATTERN = `^(${NAME_PART})?$`;

/** Most bytes that keys and values of all annotations may have together. */
export const MAX_ANNOTATIONS_BYTES = 256 * 1024;

/** Fields that a server writes; in a file they say nothing. */
export const SERVER_META_FIELDS: readonly string[] = [
  'creationTimestamp',
  'deletionGracePeriodSeconds',
  'deletionTimestamp',
  'generateName',
  'generation',
  'managedFields',
  'resourceVersion',
  'selfLink',
  'uid',
];

export const OBJECT_META_SCHEMA: StructuralSchema = {
  type: 'object',
  description: 'The identity of the binding, and what others wrote about it.',
  required: ['name'],
  additionalProperties: false,
  properties: {
    name: {
      type: 'string',
      description: 'Unique within the namespace. Lower-case letters, digits, `-` and `.`.',
      minLength: 1,
      maxLength: 253,
      pattern: `^${DNS_SUBDOMAIN}$`,
    },
    namespace: {
      type: 'string',
      description: 'The namespace; `default` when absent. Lower-case letters, digits and `-`.',
      minLength: 1,
      maxLength: 63,
      pattern: NAMESPACE_PATTERN,
    },
    labels: {
      type: 'object',
      description: 'Short texts to select by.',
      propertyNames: { maxLength: 317, pattern: LABEL_KEY_PATTERN },
      additionalProperties: { type: 'string', maxLength: 63, pattern: LABEL_VALUE_PATTERN },
    },
    annotations: {
      type: 'object',
      description: 'Texts for people and tools.',
      // A server lowers the prefix of an annotation's key before it looks at it.
      propertyNames: {
        maxLength: 317,
        pattern: `^(${DNS_SUBDOMAIN.replaceAll('a-z', 'A-Za-z')}/)?${NAME_PART}$`,
      },
      additionalProperties: { type: 'string' },
    },
    finalizers: {
      type: 'array',
      description: 'Who wants to act before deletion.',
      items: { type: 'string' },
    },
    ownerReferences: {
      type: 'array',
      description: 'Objects that this one is deleted with.',
      items: { type: 'object', additionalProperties: true },
    },
    creationTimestamp: { type: 'string', description: 'Written by the server: when the object was created.' },
    deletionGracePeriodSeconds: { type: 'integer', description: 'Written by the server.' },
    deletionTimestamp: { type: 'string', description: 'Written by the server: when deletion was asked for.' },
    generateName: { type: 'string', description: 'Start of a name that the server completes.' },
    generation: { type: 'integer', description: 'Written by the server: counts the changes of spec.' },
    managedFields: {
      type: 'array',
      description: 'Written by the server.',
      items: { type: 'object', additionalProperties: true },
    },
    resourceVersion: { type: 'string', description: 'Written by the server: changes with every write.' },
    selfLink: { type: 'string', description: 'Written by servers of old.' },
    uid: { type: 'string', description: 'Written by the server: the identity of this very object.' },
  },
};
