/** `cvmsg rollback --write`: the documents that make a rollback last, and nothing to the cloud. */
import { mkdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { stringify } from 'yaml';
import type { BindingKey, InstanceId } from '../../api/ids.ts';
import { messageOf } from '../../api/message-of.ts';
import type { Binding, GroupList } from '../../core/model.ts';
import { sameSequence } from '../../core/plan.ts';
import { count } from '../../core/text/words.ts';
import { findBelow, writeFileBelow } from '../../runtime/file-draft.ts';
import { CliError } from '../cli-error.ts';
import type { CommandContext } from '../command.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { bindingDocument } from '../output/binding-document.ts';
import { structured } from '../output/structured.ts';
import { targetBindings } from './desired-bindings.ts';
import { editedText } from './edit-documents.ts';
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

// The declarations that make a rollback last, by file. A whole revision is what it declared then, beside what was declared
// later in the same files. For single instances and journal entries the present declarations are edited: an instance that
// gets another list than its binding leaves it for a binding with that list; when all of them do, the binding itself gets
// it. Pure.

/** Where what nobody declares at present is put. */
const NEW_FILE = 'rollback.yaml';

type BindingsByFile = ReadonlyMap<string, readonly Binding[]>;

/** Only the files that change. @throws CliError as {@link targetBindings} does. @param wanted empty for all. */
export function lastingBindings(
  target: RollbackTarget,
  present: Present,
  wanted: readonly InstanceId[],
): BindingsByFile {
  if (target.kind === 'revision' && wanted.length === 0) return whole(target.declared, present);
  return edit(present, targetBindings(target, present, wanted).values());
}

/** The files of a revision. What is declared in them now and was not then stays: only a person takes it out. */
function whole(then: Present['declared'], { declared }: Present): BindingsByFile {
  const files = new Set([...then.values()].map(fileOf));
  const later = [...declared.values()].filter((now) => !then.has(now.key) && files.has(fileOf(now)));
  return byFile([...then.values(), ...later]);
}

interface Back {
  readonly instanceIds: Set<InstanceId>;
  readonly binding: Binding;
}

function edit({ declared, owners }: Present, desired: Iterable<Binding>): BindingsByFile {
  const names = new Set(declared.keys());
  const edited = new Map<BindingKey, Binding>(declared);
  const touched = new Set<string>();
  const added: Binding[] = [];
  for (const [key, groups] of byOwner(declared, owners, desired)) {
    const owner = key === undefined ? undefined : declared.get(key);
    const leaving = groups.flatMap(({ instanceIds }) => [...instanceIds]);
    const left = owner && without(owner, leaving);
    const [first] = groups;
    const wholly = left?.selector === undefined && left?.instanceIds.length === 0;
    if (owner !== undefined && left !== undefined) {
      // Nobody is left: the binding itself takes the first list, and its name stays.
      edited.set(
        owner.key,
        wholly && first !== undefined ? relisted(owner, first.instanceIds, first.binding.sgIds) : left,
      );
      touched.add(fileOf(owner));
    }
    for (const { binding, instanceIds } of wholly && owner !== undefined ? groups.slice(1) : groups) {
      const made = named(relisted(owner ?? binding, instanceIds, binding.sgIds), names);
      const file = owner === undefined ? NEW_FILE : fileOf(owner);
      touched.add(file);
      added.push({ ...made, origin: { kind: 'directory', file, line: 1, column: 1, revision: '' } });
    }
  }
  const all = byFile([...edited.values(), ...added]);
  return new Map([...all].filter(([file]) => touched.has(file)));
}

/** The instances that need another list than their present binding declares, by that binding. */
function byOwner(
  declared: Present['declared'],
  owners: Present['owners'],
  desired: Iterable<Binding>,
): Map<BindingKey | undefined, Back[]> {
  const claimed = new Map<InstanceId, BindingKey>();
  for (const { key, instanceIds } of declared.values()) for (const id of instanceIds) claimed.set(id, key);
  const result = new Map<BindingKey | undefined, Back[]>();
  for (const binding of desired) {
    for (const id of binding.instanceIds) {
      const owner = owners.get(id);
      const claimant = claimed.get(id);
      const recorded = owner === undefined ? undefined : declared.get(owner);
      // An owner that is not declared any more leaves the instance to whoever names it.
      const present = recorded ?? (claimant === undefined ? undefined : declared.get(claimant));
      if (present !== undefined && sameSequence(present.sgIds, binding.sgIds)) continue;
      const groups = getOrMake(result, present?.key);
      const same = groups.find((one) => alike(one.binding, binding));
      if (same === undefined) groups.push({ binding, instanceIds: new Set([id]) });
      else same.instanceIds.add(id);
    }
  }
  return result;
}

function alike(a: Binding, b: Binding): boolean {
  return (
    sameSequence(a.sgIds, b.sgIds) && a.scope.region === b.scope.region && a.scope.account === b.scope.account
  );
}

function getOrMake(map: Map<BindingKey | undefined, Back[]>, key: BindingKey | undefined): Back[] {
  const present = map.get(key);
  if (present !== undefined) return present;
  const made: Back[] = [];
  map.set(key, made);
  return made;
}

function without(binding: Binding, leaving: readonly InstanceId[]): Binding {
  const { selector } = binding;
  const instanceIds = binding.instanceIds.filter((id) => !leaving.includes(id));
  if (selector === undefined) return { ...binding, instanceIds };
  const excluded = [...new Set([...selector.excluded, ...leaving])].sort();
  return { ...binding, instanceIds, selector: { ...selector, excluded } };
}

function relisted(binding: Binding, instanceIds: Iterable<InstanceId>, sgIds: GroupList): Binding {
  const { selector: _, ...rest } = binding;
  return { ...rest, instanceIds: [...instanceIds].sort(), sgIds };
}

/** `web-back`, or `web-back-2` where that is taken. */
function named(binding: Binding, taken: Set<BindingKey>): Binding {
  for (let number = 1; ; number++) {
    const name = `${binding.name}-back${number === 1 ? '' : `-${number}`}`;
    const key = `${binding.namespace}/${name}` as BindingKey;
    if (taken.has(key)) continue;
    taken.add(key);
    return { ...binding, key, name };
  }
}

function fileOf({ origin }: Binding): string {
  return origin.kind === 'directory' ? origin.file : NEW_FILE;
}

function byFile(bindings: Iterable<Binding>): Map<string, Binding[]> {
  const files = Map.groupBy(bindings, fileOf);
  const line = ({ origin }: Binding) => (origin.kind === 'directory' ? origin.line : 0);
  // Edited ones keep their place; added ones, which have no line yet, stand at the end.
  for (const same of files.values())
    same.sort((a, b) => Number(isNew(a)) - Number(isNew(b)) || line(a) - line(b));
  return files;
}

function isNew({ origin }: Binding): boolean {
  return origin.kind === 'directory' && origin.revision === '';
}
