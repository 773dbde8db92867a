/** The JSON Schema that a document is judged by, made from the CRD's own schema. */
import { OBJECT_META_SCHEMA } from './object-meta-schema.ts';
import type { StructuralSchema } from './structural-schema.ts';

/** The part of a CustomResourceDefinition that is needed at run time. */
export interface BindingCrd {
  readonly spec: {
    readonly group: string;
    readonly names: { readonly kind: string; readonly listKind: string; readonly plural: string };
    readonly versions: readonly {
      readonly name: string;
      readonly schema: { readonly openAPIV3Schema: StructuralSchema };
    }[];
  };
}

/**
 * The structural schema of the CRD's only version.
 * @throws Error when the CRD has no version.
 */
export function structuralSchema(crd: BindingCrd): StructuralSchema {
  const version = crd.spec.versions[0];
  if (version === undefined) throw new Error('The CRD has no version: write one under `spec.versions`.');
  return version.schema.openAPIV3Schema;
}

/**
 * Translates the CRD's schema to strict JSON Schema: unknown fields are refused (a server would drop them),
 * a list of type `set` has unique items, and `metadata` is what a server accepts of any object.
 */
export function strictSchema(crd: BindingCrd): StructuralSchema {
  const strict = strictNode(structuralSchema(crd));
  return {
    ...strict,
    required: ['apiVersion', 'kind', 'metadata', ...(strict.required ?? [])],
    properties: { ...strict.properties, metadata: OBJECT_META_SCHEMA },
  };
}

function strictNode(schema: StructuralSchema): StructuralSchema {
  const strict: Record<string, unknown> = {};
  for (const [keyword, value] of Object.entries(schema)) {
    if (!keyword.startsWith('x-kubernetes-')) strict[keyword] = value;
  }
  if (schema['x-kubernetes-list-type'] === 'set') strict.uniqueItems = true;
  if (schema.items !== undefined) strict.items = strictNode(schema.items);
  if (schema.properties !== undefined) {
    strict.properties = mapValues(schema.properties, strictNode);
    strict.additionalProperties = false;
  }
  return strict;
}

function mapValues<In, Out>(
  record: Readonly<Record<string, In>>,
  change: (value: In) => Out,
): Record<string, Out> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}
