/** What a file of `--notify-config` may say. */
import type { StructuralSchema } from '../../api/structural-schema.ts';
import { FORMATS } from '../../notify/formats/all-formats.ts';
import { NOTIFICATION_KINDS, SEVERITIES } from '../../notify/notification.ts';
import { MOST_TARGETS, TARGET_NAME } from '../wiring/notify-config.ts';

const text = { type: 'string', minLength: 1 } as const;
const texts = { type: 'array', minItems: 1, items: text } as const;

/** Reasons beyond a schema, such as a secret for a format that signs nothing, are told by the program. */
export function notifySchema(): StructuralSchema {
  const target: StructuralSchema = {
    type: 'object',
    additionalProperties: false,
    required: ['name', 'format'],
    anyOf: [{ required: ['urlFile'] }, { required: ['urlEnv'] }],
    properties: {
      name: { ...text, pattern: TARGET_NAME.source, description: 'What the log and the metric call it.' },
      format: { type: 'string', enum: Object.keys(FORMATS), description: 'Who it is for.' },
      urlFile: { ...text, description: 'The file that holds the address, read again for each message.' },
      urlEnv: { ...text, description: 'The variable that holds the address.' },
      secretFile: { ...text, description: 'The file that holds the key of the signature.' },
      secretEnv: { ...text, description: 'The variable that holds the key of the signature.' },
      severity: { type: 'string', enum: SEVERITIES, description: 'The least serious that it gets.' },
      kinds: {
        ...texts,
        items: { type: 'string', enum: Object.keys(NOTIFICATION_KINDS) },
        description: 'Only these.',
      },
      namespaces: { ...texts, description: 'Only bindings of these namespaces, by globs.' },
    },
  };
  return {
    type: 'object',
    additionalProperties: false,
    required: ['targets'],
    properties: {
      targets: {
        type: 'array',
        minItems: 1,
        maxItems: MOST_TARGETS,
        items: target,
        description: 'Who is told.',
      },
    },
  };
}
