/** What to write when a value has the wrong type. */
import { bounded } from './fault.ts';

const YAML_1_1_TRUE = /^(y|yes|on|true)$/i;
const YAML_1_1_FALSE = /^(n|no|off|false)$/i;

/** The text to write in place of `value`, where a value of the schema's `type` is wanted. */
export function repairType(value: unknown, type: string): string {
  if (value === null || value === undefined) return 'write a value, or remove the line';
  switch (type) {
    case 'boolean':
      if (typeof value !== 'string') return 'write `true` or `false`';
      if (YAML_1_1_TRUE.test(value)) return 'write `true`, without quotes';
      if (YAML_1_1_FALSE.test(value)) return 'write `false`, without quotes';
      return 'write `true` or `false`';
    case 'string':
      if (typeof value === 'number' || typeof value === 'boolean') {
        return `put it in quotes: \`"${String(value)}"\``;
      }
      if (Array.isArray(value) && value.length === 1 && typeof value[0] === 'string') {
        return `write the text alone: \`${bounded(value[0])}\``;
      }
      return 'write a text';
    case 'array':
      return typeof value === 'string'
        ? `write a list: \`[${bounded(value)}]\``
        : 'write a list, each entry on its own line after `- `';
    case 'object':
      return 'write fields, each as `name: value` on an indented line';
    default:
      return `write ${type === 'integer' ? 'a whole number' : `a ${type}`}`;
  }
}
