/** `cvmsg rollback --write`: the documents that make a rollback last, and nothing to the cloud. */
import { mkdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { stringify } from 'yaml';
import type { InstanceId } from '../../api/ids.ts';
import { messageOf } from '../../api/message-of.ts';
import type { Binding } from '../../core/model.ts';
import { count } from '../../core/text/words.ts';
import { findBelow, writeFileBelow } from '../../runtime/file-draft.ts';
import { CliError } from '../cli-error.ts';
import type { CommandContext } from '../command.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { bindingDocument } from '../output/binding-document.ts';
import { structured } from '../output/structured.ts';
import { editedText } from './edit-documents.ts';
import { lastingBindings } from './lasting-bindings.ts';
import type { Present } from './present.ts';
import { aboutTarget, type RollbackTarget, targetText } from './rollback-target.ts';

export interface WriteDocumentsOptions {
  readonly target: RollbackTarget;
  readonly present: Present;
  readonly wanted: readonly InstanceId[];
  readonly directory: string;
}

interface WrittenFile {
  readonly file: string;
  readonly result: 'created' | 'replaced' | 'unchanged';
  /** It could not be edited where its lists stand, so its comments and layout are gone. */
  readonly wholly?: true;
  readonly bindings: readonly string[];
}

/** @throws CliError when a file cannot be written; those before it then are. */
export async function writeDocuments(
  { io, globals }: CommandContext,
  options: WriteDocumentsOptions,
): Promise<ExitCode> {
  const { target, present, wanted, directory } = options;
  const lasting = lastingBindings(target, present, wanted);
  const files = [...lasting].sort(([a], [b]) => (a < b ? -1 : 1));
  const written = files.map(([file, bindings]): WrittenFile => {
    return { file, ...put(directory, file, bindings), bindings: bindings.map(({ key }) => key) };
  });
  const later = wanted.length === 0 ? declaredLater(options) : [];
  if (globals.output === 'json' || globals.output === 'yaml') {
    const value = { rollback: aboutTarget(target), directory, files: written, declaredLater: later };
    io.stdout.write(await structured(value, globals.output));
    return EXIT.ok;
  }
  for (const { file, result, bindings } of written) {
    io.stdout.write(`${result} ${join(directory, file)} (${count(bindings.length, 'binding')})\n`);
  }
  for (const { file, wholly } of written) {
    if (wholly)
      io.stderr.write(
        `note: ${join(directory, file)} could not be edited in place and was written anew: look for comments that are gone\n`,
      );
  }
  for (const line of later) io.stderr.write(`note: ${line}\n`);
  const end =
    written.length === 0
      ? `what is declared now already has the lists of ${targetText(target)}`
      : `these are the documents of ${targetText(target)}; read the change and publish it`;
  io.stderr.write(`${end}. Nothing was written to the cloud.\n`);
  return EXIT.ok;
}

/** What stays declared although the revision did not declare it. */
function declaredLater({ target, present }: WriteDocumentsOptions): string[] {
  if (target.kind !== 'revision') return [];
  return [...present.declared.values()]
    .filter(({ key }) => !target.declared.has(key))
    .map(({ key, origin }) => {
      const place = origin.kind === 'directory' ? ` (${origin.file}:${origin.line})` : '';
      return `${key}${place} is declared now and was not then; take it out if it shall go`;
    });
}

function put(
  directory: string,
  file: string,
  bindings: readonly Binding[],
): Pick<WrittenFile, 'result' | 'wholly'> {
  const documents = bindings.map(bindingDocument);
  const text =
    file.endsWith('.json') && documents.length === 1 ? jsonText(documents[0]) : yamlText(documents);
  try {
    mkdirSync(directory, { recursive: true });
    const path = findBelow(directory, file);
    const present = path === undefined ? undefined : readFileSync(path, 'utf8');
    const edited = present === undefined ? undefined : editedText(present, bindings, yamlText);
    if (present !== undefined && (edited ?? text) === present) return { result: 'unchanged' };
    writeFileBelow(directory, file, edited ?? text);
    if (path === undefined) return { result: 'created' };
    return { result: 'replaced', ...(edited === undefined ? { wholly: true } : {}) };
  } catch (error) {
    throw new CliError(`--write: "${resolve(directory, file)}" cannot be written: ${messageOf(error)}`);
  }
}

function jsonText(document: unknown): string {
  return `${JSON.stringify(document, undefined, 2)}\n`;
}

/** Texts that YAML 1.1 reads as something else, such as `on`, are quoted. */
function yamlText(documents: readonly object[]): string {
  const options = { lineWidth: 0, version: '1.1', aliasDuplicateObjects: false } as const;
  return documents.map((document) => stringify(document, options)).join('---\n');
}
