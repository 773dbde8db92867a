import { describe, expect, it } from 'vitest';
import { structuralSchema } from '../../src/api/binding-schema.ts';
import { BINDING_CRD } from '../../src/api/crd.generated.ts';
import type { StructuralSchema } from '../../src/api/structural-schema.ts';

interface Field {
  readonly path: string;
  readonly schema: StructuralSchema;
}

function fieldsOf(schema: StructuralSchema, path = ''): readonly Field[] {
  const children = Object.entries(schema.properties ?? {}).flatMap(([name, child]) =>
    fieldsOf(child, path === '' ? name : `${path}.${name}`),
  );
  const items = schema.items === undefined ? [] : fieldsOf(schema.items, `${path}[]`);
  return [{ path, schema }, ...children, ...items];
}

const FIELDS = fieldsOf(structuralSchema(BINDING_CRD));
/** The server itself describes it. */
const DESCRIBED = FIELDS.filter(({ path }) => path !== 'metadata');
const RULES = FIELDS.flatMap(({ path, schema }) =>
  (schema['x-kubernetes-validations'] ?? []).map((rule) => ({ path, schema, rule })),
);

describe('the CRD', () => {
  it.each(DESCRIBED)('describes "$path" in whole sentences', ({ schema }) => {
    expect(schema.description).toMatch(/^[A-Z`].*\.$/s);
  });

  it.each(DESCRIBED.filter(({ schema }) => schema.type === 'array'))(
    'bounds the list "$path" and says its kind',
    ({ schema }) => {
      expect(schema.maxItems).toBeGreaterThan(0);
      expect(schema['x-kubernetes-list-type']).toMatch(/^(set|atomic|map)$/);
    },
  );

  it.each(DESCRIBED.filter(({ path, schema }) => schema.type === 'string' && path.includes('.')))(
    'bounds the text "$path"',
    ({ schema }) => {
      expect(
        schema.maxLength ?? schema.enum?.length ?? (schema.format === 'date-time' ? 20 : 0),
      ).toBeGreaterThan(0);
    },
  );

  it.each(RULES)('says how to mend what breaks "$rule.rule" at "$path"', ({ rule, schema }) => {
    expect(rule.message).toMatch(/; (create|keep|write|remove)/);
    // With `FieldValueDuplicate` the server drops the message and says "Duplicate value".
    expect(rule.reason).not.toBe('FieldValueDuplicate');
    // A server refuses rules whose cost it cannot bound; whether a field is there costs nothing.
    if (/^[!a-zA-Z.()|= ]*$/.test(rule.rule) && rule.rule.includes('has(')) return;
    const [, lookedAt = ''] = /\bself\.(\w+)\.matches\(/.exec(rule.rule) ?? [];
    const bound =
      schema.maxLength ??
      schema.maxProperties ??
      (schema.maxItems && schema.items?.maxLength) ??
      schema.properties?.[lookedAt]?.maxLength;
    expect(bound).toBeGreaterThan(0);
  });

  it('keeps groups as an ordered list and instances as a set', () => {
    const listType = Object.fromEntries(
      FIELDS.map(({ path, schema }) => [path, schema['x-kubernetes-list-type']]),
    );
    expect(listType).toMatchObject({
      'spec.sgIds': 'atomic',
      'spec.instanceIds': 'set',
      'status.conditions': 'map',
    });
  });

  it('lets a new object look unfinished until it was observed', () => {
    expect(FIELDS.find(({ path }) => path === 'status')?.schema.default).toEqual({ observedGeneration: -1 });
  });

  it('is frozen at run time', () => {
    expect(FIELDS.every(({ schema }) => Object.isFrozen(schema))).toBe(true);
  });
});
