/** Judges a document by the CRD's schema. */
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import { strictSchema } from './binding-schema.ts';
import { BINDING_CRD } from './crd.generated.ts';
import type { Fault } from './fault.ts';
import { schemaFaults } from './schema-faults.ts';
import type { StructuralSchema } from './structural-schema.ts';

/** Most faults that are reported of one document. */
export const MAX_FAULTS = 100;

let compiled: ValidateFunction | undefined;

/** The strict schema without the status, which the server alone writes. */
function documentSchema(): StructuralSchema {
  const schema = strictSchema(BINDING_CRD);
  return { ...schema, properties: { ...schema.properties, status: {} } };
}

function compile(): ValidateFunction {
  const ajv = new Ajv({
    allErrors: true,
    verbose: true,
    useDefaults: true,
    ownProperties: true,
    strict: true,
  });
  return ajv.compile(documentSchema());
}

/**
 * What the schema says against a document of our kind. Fills in the schema's defaults: the document is changed.
 * At most {@link MAX_FAULTS}, in the order of the schema.
 */
export function checkSchema(document: unknown): readonly Fault[] {
  compiled ??= compile();
  if (compiled(document)) return [];
  const errors: readonly ErrorObject[] = compiled.errors ?? [];
  // Errors hold on to the document that they speak of.
  compiled.errors = null;
  return schemaFaults(errors.slice(0, MAX_FAULTS));
}
