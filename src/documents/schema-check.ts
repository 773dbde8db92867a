/** Judges a document by the CRD's schema. */
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import { strictSchema } from '../api/binding-schema.ts';
import { BINDING_CRD } from '../api/crd.generated.ts';
import type { Problem } from '../api/problem.ts';
import type { StructuralSchema } from '../api/structural-schema.ts';
import { schemaProblems } from './schema-problems.ts';

/** Most problems that are reported of one document. */
export const MAX_FAULTS = 100;

let compiled: { readonly schema: StructuralSchema; readonly validate: ValidateFunction } | undefined;

/** The strict schema without the status, which the server alone writes. */
function documentSchema(): StructuralSchema {
  const schema = strictSchema(BINDING_CRD);
  return { ...schema, properties: { ...schema.properties, status: {} } };
}

function compile(): NonNullable<typeof compiled> {
  const ajv = new Ajv({
    allErrors: true,
    verbose: true,
    useDefaults: true,
    ownProperties: true,
    strict: true,
  });
  const schema = documentSchema();
  return { schema, validate: ajv.compile(schema) };
}

/**
 * What the schema says against a document of our kind. Takes null fields out and fills in the schema's defaults: the
 * document is changed. At most {@link MAX_FAULTS}, in the order of the schema.
 */
export function checkSchema(document: unknown): readonly Problem[] {
  compiled ??= compile();
  const { schema, validate } = compiled;
  dropNullFields(document, schema);
  if (validate(document)) return [];
  const errors: readonly ErrorObject[] = validate.errors ?? [];
  // Errors hold on to the document that they speak of.
  validate.errors = null;
  return schemaProblems(errors.slice(0, MAX_FAULTS));
}

/**
 * Takes null fields out of a document, as an API server does before it fills in defaults, where its schema names them and
 * does not require them. One that is required stays,
 * so that its place is told; so does a null entry of a list or of a mapping with free names, such as a tag of a selector:
 * without it the selector would take more instances.
 */
function dropNullFields(value: unknown, schema: StructuralSchema): void {
  if (typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) {
    const { items } = schema;
    if (items?.properties !== undefined) for (const item of value) dropNullFields(item, items);
    return;
  }
  const fields = value as Record<string, unknown>;
  for (const [name, field] of Object.entries(schema.properties ?? {})) {
    if (!Object.hasOwn(fields, name)) continue;
    if (fields[name] !== null) dropNullFields(fields[name], field);
    else if (!schema.required?.includes(name)) delete fields[name];
  }
}
