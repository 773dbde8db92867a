/** JSON Schemas of what people write, for their editors. Made from what judges it, and looser where that says more. */
import { strictSchema } from '../../api/binding-schema.ts';
import { BINDING_CRD } from '../../api/crd.generated.ts';
import type { StructuralSchema } from '../../api/structural-schema.ts';
import { APPROVAL_SCHEMA } from '../../documents/approval-schema.ts';
import { POLICY_SCHEMA } from '../../documents/policy/policy-schema.ts';
import type { CommandSpec } from '../command.ts';
import { type Flag, type Flags, flagName } from '../flags/flag.ts';
import { GLOBAL_FLAGS } from '../flags/global-flags.ts';
import { notifySchema } from './notify-schema.ts';
import { type SchemaName, schemaAddress } from './schema-files.ts';

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
