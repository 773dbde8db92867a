/** The JSON Schemas of what people write, for the editors of a checkout. */
import { COMMANDS } from '../src/cli/all-commands.ts';
import { jsonSchema } from '../src/cli/schema/perform-schema.ts';
import { SCHEMA_FILES, type SchemaName } from '../src/cli/schema/schema-files.ts';
import type { GeneratedFile } from './generated-file.ts';

export function schemas(): readonly GeneratedFile[] {
  return Object.entries(SCHEMA_FILES).map(([name, file]) => ({
    path: `schemas/${file}`,
    text: `${JSON.stringify(jsonSchema(name as SchemaName, COMMANDS), undefined, 2)}\n`,
  }));
}
