/** `cvmsg schema`: the JSON Schema of a document. */

import { strictSchema } from '../../api/binding-schema.ts';
import { BINDING_CRD } from '../../api/crd.generated.ts';
import { nearestName } from '../../api/nearest-name.ts';
import type { StructuralSchema } from '../../api/structural-schema.ts';
import { APPROVAL_SCHEMA } from '../../documents/approval-schema.ts';
import { POLICY_SCHEMA } from '../../documents/policy/policy-schema.ts';
import { FORMATS } from '../../notify/formats/all-formats.ts';
import { NOTIFICATION_KINDS, SEVERITIES } from '../../notify/notification.ts';
import { CliError } from '../cli-error.ts';
import type { CommandContext, CommandInput, CommandSpec } from '../command.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { type Flag, type Flags, flagName } from '../flags/flag.ts';
import { GLOBAL_FLAGS } from '../flags/global-flags.ts';
import { MOST_TARGETS, TARGET_NAME } from '../wiring/notify-config.ts';
import { SCHEMA_FILES, type SchemaName, schemaAddress } from './schema-files.ts';

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

// JSON Schemas of what people write, for their editors. Made from what judges it, and looser where that says more.

const DIALECT = 'http://json-schema.org/draft-07/schema#';
/** @param commands those whose flags a configuration may hold. */
export function jsonSchema(name: SchemaName, commands: readonly CommandSpec[]): object {
  const about = { $schema: DIALECT, $id: schemaAddress(name) };
  switch (name) {
    case 'binding':
      return { ...about, title: BINDING_CRD.spec.names.kind, ...bindingSchema() };
    case 'policy':
      return { ...about, title: 'CvmsgPolicy', ...policySchema() };
    case 'approval':
      return { ...about, title: 'CvmsgApproval', ...APPROVAL_SCHEMA };
    case 'config':
      return { ...about, title: 'cvmsg --config', ...configSchema(commands) };
    case 'notify':
      return { ...about, title: 'cvmsg --notify-config', ...notifySchema() };
  }
}

/** Nobody writes a status. */
function bindingSchema(): StructuralSchema {
  const strict = strictSchema(BINDING_CRD);
  const { status: _, ...properties } = strict.properties ?? {};
  const { apiVersion: group, kind } = properties;
  const { names, versions } = BINDING_CRD.spec;
  const apiVersion = { ...group, enum: [`${BINDING_CRD.spec.group}/${versions[0]?.name}`] };
  return { ...strict, properties: { ...properties, apiVersion, kind: { ...kind, enum: [names.kind] } } };
}

/** With the words that are read before the schema judges. */
function policySchema(): StructuralSchema {
  const { blastRadius, mustKeep, ...others } = POLICY_SCHEMA.properties ?? {};
  const { position, ...rule } = mustKeep?.items?.properties ?? {};
  const items = {
    ...mustKeep?.items,
    properties: { ...rule, position: { anyOf: [{ enum: ['first'] }, position] } },
  };
  return {
    ...POLICY_SCHEMA,
    properties: {
      ...others,
      blastRadius: { anyOf: [{ enum: ['none'] }, blastRadius] },
      mustKeep: { ...mustKeep, items },
    },
  };
}

function configSchema(commands: readonly CommandSpec[]): StructuralSchema {
  const sections = commands
    .filter(({ flags }) => Object.keys(flags).length > 0)
    .map(({ name, summary, flags }) => [name, { ...flagsSchema(flags), description: summary }] as const);
  const { properties: global = {} } = flagsSchema(GLOBAL_FLAGS);
  const properties: Record<string, StructuralSchema> = { ...global };
  for (const [name, section] of sections) {
    const flag = global[name];
    properties[name] = flag === undefined ? section : { anyOf: [flag, section] };
  }
  properties.notify = withTargets(properties.notify);
  return {
    type: 'object',
    description: 'Flags by their names; those of a command stand under its name.',
    additionalProperties: false,
    properties,
  };
}

/** What --notify-config names may stand beside the flags of the command. */
function withTargets(section: StructuralSchema = {}): StructuralSchema {
  return { ...section, properties: { ...section.properties, ...notifySchema().properties } };
}

function flagsSchema(flags: Flags): StructuralSchema {
  return {
    type: 'object',
    additionalProperties: false,
    properties: Object.fromEntries(
      Object.entries(flags).map(([key, flag]) => [flagName(key), flagSchema(flag)]),
    ),
  };
}

function flagSchema({ kind, description, choices, value, defaultText }: Flag<unknown>): StructuralSchema {
  const about = {
    description: defaultText === '' ? description : `${description} (default: ${defaultText})`,
  };
  const text = { type: ['string', 'number', 'boolean'] } as unknown as StructuralSchema;
  if (choices !== undefined) return { ...about, enum: choices };
  if (kind === 'switch') return { ...about, type: 'boolean' };
  if (kind === 'list') return { ...about, anyOf: [text, { type: 'array', items: text }] };
  return value === 'N' ? { ...about, type: 'integer', minimum: 0 } : { ...about, ...text };
}

// What a file of `--notify-config` may say.

const text = { type: 'string', minLength: 1 } as const;
const texts = { type: 'array', minItems: 1, items: text } as const;

/** Reasons beyond a schema, such as a secret for a format that signs nothing, are told by the program. */
function notifySchema(): StructuralSchema {
  const target: StructuralSchema = {
    type: 'object',
    additionalProperties: false,
    required: ['name', 'format'],
    anyOf: [{ required: ['urlFile'] }, { required: ['urlEnv'] }],
    properties: {
      name: { ...text, pattern: TARGET_NAME.source, description: 'What the log and the metric call it.' },
      format: { type: 'string', enum: Object.keys(FORMATS), description: 'Who it is for.' },
      urlFile: { ...text, description: 'The file that holds the address, read again for each message.' },
      urlEnv: { ...text, description: 'The variable that holds the address.' },
      secretFile: { ...text, description: 'The file that holds the key of the signature.' },
      secretEnv: { ...text, description: 'The variable that holds the key of the signature.' },
      severity: { type: 'string', enum: SEVERITIES, description: 'The least serious that it gets.' },
      kinds: {
        ...texts,
        items: { type: 'string', enum: Object.keys(NOTIFICATION_KINDS) },
        description: 'Only these.',
      },
      namespaces: { ...texts, description: 'Only bindings of these namespaces, by globs.' },
    },
  };
  return {
    type: 'object',
    additionalProperties: false,
    required: ['targets'],
    properties: {
      targets: {
        type: 'array',
        minItems: 1,
        maxItems: MOST_TARGETS,
        items: target,
        description: 'Who is told.',
      },
    },
  };
}
