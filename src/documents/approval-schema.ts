/** The form of an approval that is a document, as JSON Schema. `checkApproval` judges it, and says more of what is wrong. */
import { LONGEST_REASON } from '../api/approval.ts';
import { API_VERSION } from '../api/resource.ts';
import type { StructuralSchema } from '../api/structural-schema.ts';
import { APPROVAL_KIND } from './approval-document.ts';

export const APPROVAL_SCHEMA: StructuralSchema = {
  type: 'object',
  description: 'Lets one plan pass: exactly its changes, for a day.',
  required: ['apiVersion', 'kind', 'spec'],
  properties: {
    apiVersion: { type: 'string', enum: [API_VERSION] },
    kind: { type: 'string', enum: [APPROVAL_KIND] },
    metadata: { type: 'object' },
    spec: {
      type: 'object',
      required: ['digest', 'approvedAt'],
      additionalProperties: false,
      properties: {
        digest: {
          type: 'string',
          pattern: '^sha256:[0-9a-f]{64}$',
          description: 'The digest that the plan shows.',
        },
        approvedBy: {
          type: 'string',
          maxLength: 200,
          description: 'Who approves it, without quotes, semicolons and line breaks.',
        },
        approvedAt: {
          type: 'string',
          pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?(Z|[+-]\\d\\d:\\d\\d)$',
          description: 'When it is given, such as 2026-03-01T18:00:00Z: it is over a day later.',
        },
        reason: { type: 'string', maxLength: LONGEST_REASON, description: 'Why it is approved.' },
      },
    },
  },
};
