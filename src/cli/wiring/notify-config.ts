/** Reads who is to be told what happens: `targets`, each with a format and where its address stands. */
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Document } from 'yaml';
import { messageOf } from '../../api/message-of.ts';
import { nearestName } from '../../api/nearest-name.ts';
import { isLoopback } from '../../cloud/endpoint.ts';
import { parseYamlFile, type YamlFile } from '../../documents/yaml-file.ts';
import { FORMATS, type FormatName } from '../../notify/formats/all-formats.ts';
import { NOTIFICATION_KINDS, type NotificationKind, SEVERITIES } from '../../notify/notification.ts';
import type { TargetSettings } from '../../notify/target.ts';
import { Secret } from '../../runtime/secret.ts';
import { CliError } from '../cli-error.ts';
import type { CommandContext } from '../command.ts';
import type { NotifyDocument } from '../flags/config-file.ts';

type Environment = Readonly<Record<string, string | undefined>>;
type SecretName = 'url' | 'secret';
type FieldPath = readonly (string | number)[];
type Fields = Readonly<Record<string, unknown>>;

const TARGETS = 'targets';
const TARGET_FIELDS = [
  'name',
  'format',
  'urlFile',
  'urlEnv',
  'secretFile',
  'secretEnv',
  'severity',
  'kinds',
  'namespaces',
];
export const TARGET_NAME = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
export const MOST_TARGETS = 50;
/** Formats whose vendor takes a message under plain http from nobody. */
const HTTPS_ONLY: ReadonlySet<FormatName> = new Set(['wecom', 'feishu', 'dingtalk', 'slack']);
/** Formats that sign nothing. */
const UNSIGNED: ReadonlySet<FormatName> = new Set(['wecom', 'slack', 'flux']);

/**
 * The targets of --notify-config, or of `notify` in the config file; undefined: neither names any.
 * @throws CliError as {@link loadNotifyConfig}, and when both name some.
 */
export async function notifyTargets({
  globals: { notifyConfig },
  notify,
  io: { env },
}: Pick<CommandContext, 'globals' | 'notify' | 'io'>): Promise<readonly TargetSettings[] | undefined> {
  if (notify === undefined)
    return notifyConfig === undefined ? undefined : loadNotifyConfig(notifyConfig, env);
  if (notifyConfig === undefined) return targetsOf(notify, env);
  const fix = `keep the targets in one place: remove them here, or leave --notify-config "${notifyConfig}" out`;
  return new NotifyConfigReader(notify, env).fail([TARGETS], `targets are named here and in a file; ${fix}`);
}

/**
 * The targets of a file; each address and secret was there once.
 * @throws CliError at the first thing that is wrong, with file, line and column. No value is quoted: it may be a secret.
 */
export async function loadNotifyConfig(file: string, env: Environment): Promise<readonly TargetSettings[]> {
  let content: string;
  try {
    content = readFileSync(file, 'utf8');
  } catch (error) {
    throw new CliError(`--notify-config: "${file}" cannot be read: ${messageOf(error)}`);
  }
  return targetsOf({ file, yaml: parseYamlFile(content), path: [] }, env);
}

async function targetsOf(document: NotifyDocument, env: Environment): Promise<readonly TargetSettings[]> {
  const reader = new NotifyConfigReader(document, env);
  const targets = reader.targets();
  for (const [index, target] of targets.entries()) {
    for (const what of ['url', 'secret'] as const)
      await target[what]?.().catch((error) => reader.failOf(index, what, messageOf(error)));
  }
  return targets;
}

class NotifyConfigReader {
  readonly #yaml: YamlFile;
  readonly #file: string;
  readonly #env: Environment;
  readonly #document: Document | undefined;
  /** Where the mapping with the targets is; the paths of everything in it are from there. */
  readonly #path: FieldPath;

  constructor({ yaml, file, path }: NotifyDocument, env: Environment) {
    this.#yaml = yaml;
    this.#file = file;
    this.#env = env;
    this.#path = path;
    const [document, second] = yaml.documents;
    this.#document = document as Document | undefined;
    const [refused] = yaml.refused;
    if (refused !== undefined) this.#failAt(refused.problem.offset ?? 0, refused.problem.message);
    if (second !== undefined) this.#failAt(second.range?.[0] ?? 0, 'it is one document; remove the others');
    const [error] = document?.errors ?? [];
    if (error !== undefined) this.#failAt(error.pos[0], error.message);
  }

  fail(path: FieldPath, message: string): never {
    const node = path.length === 0 ? undefined : this.#document?.getIn([...this.#path, ...path], true);
    const offset = (node as { range?: readonly number[] } | undefined)?.range?.[0];
    if (offset === undefined && path.length > 0) return this.fail(path.slice(0, -1), message);
    return this.#failAt(offset ?? 0, message);
  }

  /** Of what `…File` or `…Env` of a target names. */
  failOf(index: number, what: SecretName, message: string): never {
    const path = [TARGETS, index];
    const fields = [`${what}File`, `${what}Env`];
    const given = fields.filter((field) => this.#document?.hasIn([...this.#path, ...path, field]));
    return this.fail([...path, ...given], message);
  }

  targets(): readonly TargetSettings[] {
    const mapping = this.#mapping();
    // Of a config file, what else stands there was checked when that was read.
    const { targets } = this.#path.length === 0 ? this.#fields(mapping, [], [TARGETS]) : mapping;
    if (!Array.isArray(targets) || targets.length === 0 || targets.length > MOST_TARGETS)
      return this.fail([TARGETS], `expected \`targets\` to be a list of 1 to ${MOST_TARGETS}`);
    const read = targets.map((value, index) => this.#target(value, [TARGETS, index]));
    for (const [index, { name }] of read.entries()) {
      if (read.findIndex((other) => other.name === name) < index)
        this.fail([TARGETS, index, 'name'], 'two targets have this name');
    }
    return read;
  }

  #mapping(): Fields {
    let fields = (this.#document?.toJS() ?? {}) as Fields;
    for (const key of this.#path) fields = fields[key] as Fields;
    return fields;
  }

  #target(value: unknown, path: FieldPath): TargetSettings {
    const fields = this.#fields(value, path, TARGET_FIELDS);
    const { name } = fields;
    if (typeof name !== 'string' || !TARGET_NAME.test(name))
      return this.fail([...path, 'name'], 'expected `name` to be lower-case letters, digits and hyphens');
    const format = this.#word(fields.format, [...path, 'format'], Object.keys(FORMATS)) as FormatName;
    const severity = fields.severity ?? 'info';
    const url = this.#text(fields, 'url', path);
    if (url === undefined) return this.fail(path, 'expected `urlFile` or `urlEnv`, got neither');
    const secret = this.#text(fields, 'secret', path);
    if (secret !== undefined && UNSIGNED.has(format))
      this.fail(path, `the format ${format} has no signature; remove the secret`);
    return {
      name,
      format,
      url: async () => new Secret(checkedUrl((await url()).trim(), name, HTTPS_ONLY.has(format))),
      secret: secret && (async () => new Secret((await secret()).trim())),
      severity: this.#word(severity, [...path, 'severity'], SEVERITIES) as TargetSettings['severity'],
      kinds: this.#words(fields.kinds, [...path, 'kinds'], Object.keys(NOTIFICATION_KINDS)) as
        | readonly NotificationKind[]
        | undefined,
      namespaces: this.#words(fields.namespaces, [...path, 'namespaces']),
    };
  }

  /** The text that `…File` or `…Env` names, read anew each time. */
  #text(fields: Fields, what: SecretName, path: FieldPath): (() => Promise<string>) | undefined {
    const [file, variable] = [fields[`${what}File`], fields[`${what}Env`]];
    if (file === undefined && variable === undefined) return undefined;
    if (file !== undefined && variable !== undefined)
      return this.fail(path, `expected \`${what}File\` or \`${what}Env\`, got both`);
    const field = file === undefined ? `${what}Env` : `${what}File`;
    const given = file ?? variable;
    if (typeof given !== 'string' || given === '')
      return this.fail([...path, field], `expected \`${field}\` to be a text`);
    if (file === undefined) {
      const text = this.#env[given] ?? '';
      if (text.trim() === '')
        return this.fail([...path, field], `the variable that \`${field}\` names is not set, or empty`);
      return async () => text;
    }
    const holds = what === 'url' ? 'the address' : 'the secret';
    return () => textOf(given, { field, holds, below: resolve(dirname(this.#file)) });
  }

  #fields(value: unknown, path: FieldPath, known: readonly string[]): Fields {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      return this.fail(path, `expected a mapping with ${known.join(', ')}`);
    const unknown = Object.keys(value).find((field) => !known.includes(field));
    if (unknown === undefined) return value as Fields;
    if (unknown === 'url' || unknown === 'secret') {
      const fix = `write it into a file or a variable, and name that with \`${unknown}File\` or \`${unknown}Env\``;
      return this.fail([...path, unknown], `\`${unknown}\` is a secret: ${fix}`);
    }
    const nearest = nearestName(unknown, known);
    const hint =
      nearest === undefined ? `the fields are ${known.join(', ')}` : `did you mean \`${nearest}\`?`;
    return this.fail([...path, unknown], `there is no such field; ${hint}`);
  }

  #word(value: unknown, path: FieldPath, known: readonly string[]): string {
    const found = known.find((one) => one === value);
    return found ?? this.fail(path, `expected \`${String(path.at(-1))}\` to be one of ${known.join(', ')}`);
  }

  #words(value: unknown, path: FieldPath, known?: readonly string[]): readonly string[] | undefined {
    if (value === undefined) return undefined;
    if (!Array.isArray(value) || value.length === 0 || value.some((one) => typeof one !== 'string'))
      return this.fail(path, `expected \`${String(path.at(-1))}\` to be a list of texts`);
    if (known !== undefined)
      for (const [index, one] of value.entries()) this.#word(one, [...path, index], known);
    return value as readonly string[];
  }

  #failAt(offset: number, message: string): never {
    const { line, column } = this.#yaml.positionAt(offset);
    throw new CliError(`${this.#file}:${line}:${column}: ${message}`);
  }
}

/** The text of a file. Rejects with an error that quotes the path only where there is such a file: people write the secret itself there. */
async function textOf(
  path: string,
  { field, holds, below }: { readonly field: string; readonly holds: string; readonly below: string },
): Promise<string> {
  const file = resolve(below, path);
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    switch (error.code) {
      case 'ENOENT':
      case 'ENOTDIR':
        throw new Error(
          `there is no such file; \`${field}\` is the path of one that holds ${holds}, looked for below "${below}"`,
        );
      case 'EISDIR':
        throw new Error(
          `\`${field}\` names "${file}", which is a directory; name a file in it that holds ${holds}`,
        );
      case 'EACCES':
        throw new Error(`\`${field}\` names "${file}", which this user may not read; let it be read`);
      default:
        throw new Error(`the file that \`${field}\` names cannot be read (${error.code ?? 'unknown'})`);
    }
  });
  if (text.trim() === '') throw new Error(`the file that \`${field}\` names is empty`);
  return text;
}

/** @throws Error that holds nothing of the address. */
function checkedUrl(text: string, name: string, isHttpsOnly: boolean): string {
  const url = URL.parse(text);
  if (url === null || !['http:', 'https:'].includes(url.protocol))
    throw new Error(
      `the address of "${name}" is no URL that begins with https://${isHttpsOnly ? '' : ' or http://'}`,
    );
  if (url.username !== '' || url.password !== '')
    throw new Error(`the address of "${name}" has a user in it; use a signature, or a path that is secret`);
  if (isHttpsOnly && url.protocol === 'http:' && !isLoopback(url.hostname))
    throw new Error(`the address of "${name}" is plain http, where it could be read on the way; use https`);
  return url.href;
}
