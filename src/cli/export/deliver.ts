/** Hands the documents over: to a folder or to stdout, with what was done told in words or for a program. */

import { count, someOf, thousands } from '../../core/text/words.ts';
import type { CommandContext } from '../command.ts';
import { commandLine } from '../output/command-line.ts';
import { structured } from '../output/structured.ts';
import { schemaAddress } from '../schema/schema-files.ts';
import { bindingObject, bindingText, type DocumentOptions } from './binding-text.ts';
import type { GroupedBinding } from './group-by-list.ts';
import { type FolderChange, writeFolder } from './write-folder.ts';

/** What the first line of every file starts with. */
const FAMILY = '# cvmsg ';

export interface Delivery extends DocumentOptions {
  readonly bindings: readonly GroupedBinding[];
  /** The command line that these documents come from, without its folder: tells its files from those of another. */
  readonly origin: string;
  /** Absent: stdout. */
  readonly out: string | undefined;
  /** More facts for `-o json`. */
  readonly facts: Readonly<Record<string, unknown>>;
}

/** @throws CliError as `writeFolder` does. */
export async function deliver(context: CommandContext, delivery: Delivery): Promise<void> {
  const { io, globals } = context;
  const { bindings, out, facts } = delivery;
  const change = out === undefined ? undefined : writeFolder(out, contentsOf(delivery));
  const instances = bindings.reduce((sum, { instanceIds }) => sum + instanceIds.length, 0);
  if (globals.output === 'json') {
    const documents = bindings.map((binding) => bindingObject(binding, delivery));
    const summary = {
      ...facts,
      instances,
      bindings: bindings.map(({ name, region, instanceIds, sgIds }) => ({
        name,
        region,
        sgIds,
        instances: instanceIds.length,
        ...(change !== undefined && { file: fileName(name) }),
      })),
      ...(change === undefined ? { documents } : { folder: out, ...change }),
    };
    io.stdout.write(await structured(summary, 'json'));
    return;
  }
  const total = `${count(bindings.length, 'binding')} for ${count(instances, 'instance')}`;
  if (change === undefined) {
    for (const binding of bindings) io.stdout.write(`---\n${bindingText(binding, delivery)}`);
    io.stderr.write(`${total}.\n`);
    return;
  }
  if (change.others.length > 0) io.stderr.write(`note: ${othersText(out ?? '', change.others)}\n`);
  io.stdout.write(`${total} in "${out}": ${changeText(change)}.\n`);
  if (bindings.length > 0) io.stdout.write(`Next: ${commandLine(context, 'plan', out ?? '')}\n`);
}

function othersText(folder: string, others: readonly string[]): string {
  return `"${folder}" also holds ${someOf(others)}, of another export or import, which stays; remove it where this run replaces that one`;
}

function changeText({ written, unchanged, removed }: FolderChange): string {
  return [
    `${count(written.length, 'file')} written`,
    `${thousands(unchanged.length)} unchanged`,
    `${thousands(removed.length)} removed`,
  ].join(', ');
}

/** Tells editors by which schema to complete and check. */
const SCHEMA_LINE = `# yaml-language-server: $schema=${schemaAddress('binding')}`;

function contentsOf(delivery: Delivery) {
  const marker = `${FAMILY}${delivery.origin}`;
  const notice = '# The next such run rewrites this file. Delete these two lines to keep it as your own.';
  const files = new Map(
    delivery.bindings.map((binding) => [
      fileName(binding.name),
      `${marker}\n${notice}\n${SCHEMA_LINE}\n${bindingText(binding, delivery)}`,
    ]),
  );
  return { marker, family: FAMILY, files };
}

function fileName(name: string): string {
  return `${name}.yaml`;
}
