/** Hands the documents over: to a folder or to stdout, with what was done told in words or for a program. */

import {
  closeSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
} from 'node:fs';
import { join } from 'node:path';
import type { SecurityGroupId } from '../../api/ids.ts';
import { messageOf } from '../../api/message-of.ts';
import { API_VERSION, KIND } from '../../api/resource.ts';
import { count, someOf, thousands } from '../../core/text/words.ts';
import { YAML_1_1_BOOLEAN } from '../../documents/plain-yaml.ts';
import { draftFile, type FileDraft } from '../../runtime/file-draft.ts';
import { CliError } from '../cli-error.ts';
import type { CommandContext } from '../command.ts';
import { commandLine } from '../output/command-line.ts';
import { structured } from '../output/structured.ts';
import { schemaAddress } from '../schema/schema-files.ts';
import type { GroupedBinding } from './group-by-list.ts';

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

// Brings a folder to hold exactly the given files of one export, and touches nothing else in it. The first line of a
// file tells whose it is: only files that start with the marker of the same export are replaced or removed.
// Everything is written beside its place first, so a failure leaves the folder as it was.

interface FolderContents {
  /** First line of every file of this export, without its newline. */
  readonly marker: string;
  /** What the first line of the files of every export starts with. */
  readonly family: string;
  /** File name to text; every text starts with the marker. */
  readonly files: ReadonlyMap<string, string>;
}

/** Names of files, sorted. */
interface FolderChange {
  readonly written: readonly string[];
  readonly unchanged: readonly string[];
  readonly removed: readonly string[];
  /** Of other exports; they stay. */
  readonly others: readonly string[];
}

/** @throws CliError when a file of another origin has the name of one of ours, or the folder cannot be written; nothing has changed then. */
function writeFolder(folder: string, contents: FolderContents): FolderChange {
  const { marker, family, files } = contents;
  try {
    mkdirSync(folder, { recursive: true });
    const present = readdirSync(folder).filter((name) => name.endsWith('.yaml'));
    refuseForeign(folder, contents, present);
    const further = present
      .filter((name) => !files.has(name))
      .map((name) => ({ name, line: firstLine(join(folder, name)) }));
    const stale = further.filter(({ line }) => line === marker).map(({ name }) => name);
    const others = further
      .filter(({ line }) => line !== marker && line?.startsWith(family) === true)
      .map(({ name }) => name);
    if (files.size === 0 && stale.length > 0) {
      throw new CliError(
        `nothing was found to declare, and "${folder}" holds ${stale.length} files of an earlier run; ` +
          'nothing was removed. Check the region, the filter and the credentials; if it is true, delete the files',
      );
    }
    const here = new Set(present);
    const isSame = (name: string, text: string) =>
      here.has(name) && readFileSync(join(folder, name), 'utf8') === text;
    const written = [...files].filter(([name, text]) => !isSame(name, text));
    replace(folder, written);
    for (const name of stale) rmSync(join(folder, name));
    const names = new Set(written.map(([name]) => name));
    return {
      written: [...names].sort(),
      unchanged: [...files.keys()].filter((name) => !names.has(name)).sort(),
      removed: stale.sort(),
      others: others.sort(),
    };
  } catch (error) {
    if (error instanceof CliError) throw error;
    throw new CliError(`"${folder}" cannot be written: ${messageOf(error)}`);
  }
}

function refuseForeign(folder: string, contents: FolderContents, present: readonly string[]): void {
  const { marker, family, files } = contents;
  const foreign = present
    .filter((name) => files.has(name))
    .map((name) => ({ name, line: firstLine(join(folder, name)) }))
    .filter(({ line }) => line !== marker);
  if (foreign.length === 0) return;
  const names = someOf(foreign.map(({ name }) => name));
  const other = foreign.every(({ line }) => line?.startsWith(family) === true);
  const why = other ? 'belongs to another export or import' : 'was not written by this command';
  throw new CliError(
    `"${folder}" already holds ${names}, which ${why}; nothing was written. ` +
      'Name another folder by --out, or move the file away',
  );
}

/** Renames happen one after another without a pause, so nobody waits for the second half. */
function replace(folder: string, files: readonly (readonly [name: string, text: string])[]): void {
  const drafts: FileDraft[] = [];
  try {
    for (const [name, text] of files) drafts.push(draftFile(folder, name, text));
    for (const draft of drafts) draft.commit();
  } finally {
    for (const draft of drafts) draft.discard();
  }
}

const LONGEST_LINE_BYTES = 4_096;

/** Undefined for what is no regular file. */
function firstLine(path: string): string | undefined {
  if (!lstatSync(path).isFile()) return undefined;
  const bytes = Buffer.alloc(LONGEST_LINE_BYTES);
  const file = openSync(path, 'r');
  try {
    const length = readSync(file, bytes, 0, bytes.length, 0);
    return bytes.toString('utf8', 0, length).split('\n', 1)[0];
  } finally {
    closeSync(file);
  }
}

// A binding as a document: as people write it, and the same text each time.

interface DocumentOptions {
  /** Absent: the document names none, which means `default`. */
  readonly namespace?: string | undefined;
  /** Names of groups, where they are known. */
  readonly groupNames?: ReadonlyMap<SecurityGroupId, string>;
}

const MOST_NAME_CHARACTERS = 80;

/** YAML text, with a newline at its end. */
export function bindingText(binding: GroupedBinding, options: DocumentOptions): string {
  const { name, region, instanceIds, sgIds } = binding;
  const { namespace, groupNames } = options;
  return [
    `apiVersion: ${API_VERSION}`,
    `kind: ${KIND}`,
    'metadata:',
    `  name: ${name}`,
    ...(namespace === undefined ? [] : [`  namespace: ${scalar(namespace)}`]),
    'spec:',
    `  region: ${scalar(region)}`,
    '  instanceIds:',
    ...instanceIds.map((id) => `    - ${id}`),
    '  sgIds:',
    ...sgIds.map((id) => `    - ${id}${comment(groupNames?.get(id))}`),
    '',
  ].join('\n');
}

/** The same document as a value. */
function bindingObject(binding: GroupedBinding, { namespace }: DocumentOptions): object {
  const { name, region, instanceIds, sgIds } = binding;
  return {
    apiVersion: API_VERSION,
    kind: KIND,
    metadata: { name, ...(namespace !== undefined && { namespace }) },
    spec: { region, instanceIds, sgIds },
  };
}

/** In quotes where YAML 1.1 or 1.2 could take it for something else than text. */
function scalar(text: string): string {
  const plain = /^[a-z][a-z0-9-]*$/.test(text) && !/^(?:true|false|null)$/.test(text);
  return plain && !YAML_1_1_BOOLEAN.test(text) ? text : JSON.stringify(text);
}

/** A name is somebody's free text: nothing in it may end the comment or steer a terminal. */
function comment(name: string | undefined): string {
  const plain = (name ?? '').replaceAll(/[\p{C}\p{Z}]+/gu, ' ').trim();
  return plain === '' ? '' : ` # ${[...plain].slice(0, MOST_NAME_CHARACTERS).join('')}`;
}
