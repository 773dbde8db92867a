/** `cvmsg schema`: the JSON Schema of a document. */
import { nearestName } from '../../api/nearest-name.ts';
import { CliError } from '../cli-error.ts';
import type { CommandContext, CommandInput } from '../command.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { jsonSchema } from './json-schemas.ts';
import { SCHEMA_FILES, type SchemaName } from './schema-files.ts';

export async function performSchema(
  { io, commands }: CommandContext,
  { args }: CommandInput<Record<never, never>>,
): Promise<ExitCode> {
  const name = args[0] ?? '';
  const names = Object.keys(SCHEMA_FILES);
  if (!names.includes(name)) {
    const nearest = nearestName(name, names);
    const hint = nearest === undefined ? '' : `; did you mean ${nearest}?`;
    throw new CliError(`Expected one of ${names.join(', ')}, got "${name}"${hint}`);
  }
  io.stdout.write(`${JSON.stringify(jsonSchema(name as SchemaName, commands), undefined, 2)}\n`);
  return EXIT.ok;
}
