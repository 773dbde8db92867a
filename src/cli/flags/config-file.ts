/**
 * The config file: YAML whose keys are flag names; the flags of a command stand under the command's name. Beside those of
 * `notify` may stand `targets`: what a file of `--notify-config` says.
 */

import { readFileSync } from 'node:fs';
import { isMap, isScalar, isSeq, type Pair, type YAMLMap } from 'yaml';
import { messageOf } from '../../api/message-of.ts';
import { nearestName } from '../../api/nearest-name.ts';
import { parseYamlFile, type YamlFile } from '../../documents/yaml-file.ts';
import { CliError } from '../cli-error.ts';

/** One value as it stands in the file. */
export interface ConfigEntry {
  readonly texts: readonly string[];
  /** `file:line:column`. */
  readonly place: string;
}

/** Entries by flag name (`state-dir`), and by `command.flag` (`run.source`). */
export type ConfigEntries = ReadonlyMap<string, ConfigEntry>;

/** A config file as it was read. */
export interface ConfigFile {
  readonly entries: ConfigEntries;
  /** The file again, where it holds `notify.targets`. */
  readonly notify?: NotifyDocument;
}

/** A YAML document with a mapping that holds `targets`. */
export interface NotifyDocument {
  readonly file: string;
  readonly yaml: YamlFile;
  /** The keys that lead to the mapping. */
  readonly path: readonly string[];
}

/** Flag names that every command takes, and those of each command. */
export interface KnownFlags {
  readonly global: readonly string[];
  readonly commands: ReadonlyMap<string, readonly string[]>;
}

/** @throws CliError at the first thing that is wrong, with file, line and column. No value is quoted: it may be a secret. */
export function readConfigFile(file: string, known: KnownFlags): ConfigFile {
  let content: string;
  try {
    content = readFileSync(file, 'utf8');
  } catch (error) {
    throw new CliError(`the config file "${file}" cannot be read: ${messageOf(error)}`);
  }
  return parseConfig(content, { file, known });
}

/** @throws CliError as {@link readConfigFile}. */
function parseConfig(
  content: string,
  { file, known }: { readonly file: string; readonly known: KnownFlags },
): ConfigFile {
  const yaml = parseYamlFile(content);
  const reader = new ConfigReader(yaml, file);
  const [refused] = yaml.refused;
  if (refused !== undefined) reader.fail(refused.problem.offset ?? 0, refused.problem.message);
  const [document, second] = yaml.documents;
  if (second !== undefined)
    reader.fail(second.range?.[0] ?? 0, 'a config file is one document; remove the others');
  if (document === undefined || document.contents === null) return { entries: new Map() };
  const [error] = document.errors;
  if (error !== undefined) reader.fail(error.pos[0], error.message);
  const root = document.contents;
  if (!isMap(root)) return reader.fail(root.range?.[0] ?? 0, 'expected flags as `name: value`');
  const { global, commands } = known;
  for (const pair of root.items) {
    const name = reader.name(pair, [...global, ...commands.keys()]);
    const flags = commands.get(name);
    // One name is of a flag and of a command: a plain value is that of the flag.
    if (flags === undefined || (global.includes(name) && !isMap(pair.value))) {
      reader.take(name, pair);
      continue;
    }
    if (!isMap(pair.value))
      reader.fail(reader.offset(pair), `expected the flags of \`${name}\` as \`name: value\``);
    const inside = name === NOTIFY ? [...flags, TARGETS] : flags;
    for (const inner of (pair.value as YAMLMap).items)
      reader.take(`${name}.${reader.name(inner, inside)}`, inner);
  }
  const { entries } = reader;
  return reader.hasTargets ? { entries, notify: { file, yaml, path: [NOTIFY] } } : { entries };
}

const NOTIFY = 'notify';
const TARGETS = 'targets';

class ConfigReader {
  readonly entries = new Map<string, ConfigEntry>();
  hasTargets = false;
  readonly #yaml: YamlFile;
  readonly #file: string;

  constructor(yaml: YamlFile, file: string) {
    this.#yaml = yaml;
    this.#file = file;
  }

  fail(offset: number, message: string): never {
    throw new CliError(`${this.#place(offset)}: ${message}`);
  }

  /** The flag or command that a key names. */
  name(pair: Pair, known: readonly string[]): string {
    const name = isScalar(pair.key) ? String(pair.key.value) : '';
    if (known.includes(name)) return name;
    const nearest = nearestName(name, known);
    const hint =
      nearest === undefined ? `; the names here are ${known.join(', ')}` : `; did you mean \`${nearest}\`?`;
    return this.fail(this.#keyOffset(pair), `there is no flag \`${name}\`${hint}`);
  }

  take(name: string, pair: Pair): void {
    const isTargets = name === `${NOTIFY}.${TARGETS}`;
    if (this.entries.has(name) || (isTargets && this.hasTargets))
      this.fail(this.#keyOffset(pair), `\`${name}\` is given twice; remove one`);
    if (isTargets) this.hasTargets = true;
    else this.entries.set(name, { texts: this.#texts(name, pair), place: this.#place(this.offset(pair)) });
  }

  offset({ key, value }: Pair): number {
    const node = isScalar(value) || isSeq(value) || isMap(value) ? value : key;
    return isScalar(node) || isSeq(node) || isMap(node) ? (node.range?.[0] ?? 0) : 0;
  }

  #keyOffset({ key }: Pair): number {
    return isScalar(key) ? (key.range?.[0] ?? 0) : 0;
  }

  #texts(name: string, pair: Pair): readonly string[] {
    const { value } = pair;
    const items: readonly unknown[] = isSeq(value) ? value.items : [value];
    return items.map((item) => {
      if (isScalar(item) && item.value !== null && typeof item.value !== 'object')
        return String(item.source ?? item.value);
      return this.fail(this.offset(pair), `expected \`${name}\` to be a plain value`);
    });
  }

  #place(offset: number): string {
    const { line, column } = this.#yaml.positionAt(offset);
    return `${this.#file}:${line}:${column}`;
  }
}
