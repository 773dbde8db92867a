import { describe, expect, it } from 'vitest';
import { structuralSchema } from '../api/binding-schema.ts';
import { BINDING_CRD } from '../api/crd.generated.ts';
import type { FieldPath } from '../api/problem.ts';
import type { StructuralSchema } from '../api/structural-schema.ts';
import { readDocuments } from './document-reader.ts';
import { patternWords } from './schema-problems.ts';

function diagnostic(field: string, value: string) {
  const lines: Record<string, string> = {
    region: 'ap-guangzhou',
    sgIds: '[sg-aaaaaaaa]',
    [field]: value,
  };
  if (!('instanceSelector' in lines)) lines.instanceIds = '[ins-aaaaaaaa]';
  const spec = Object.entries(lines).map(([name, text]) => `  ${name}: ${text}\n`);
  const text = `apiVersion: cvmsg.dev/v1alpha1\nkind: CvmSecurityGroupBinding\nmetadata: {name: web}\nspec:\n${spec.join('')}`;
  const { diagnostics } = readDocuments('web.yaml', Buffer.from(text));
  return diagnostics[0];
}

describe('a text that does not fit its field', () => {
  it.each([
    {
      field: 'interval',
      value: '5s',
      message: 'spec.interval ("5s"): the interval is too short or too long',
      fix: 'write one from 10s to 24h',
    },
    { field: 'interval', value: '5', fix: 'write a duration such as `30s`, `5m` or `1h30m`' },
    { field: 'interval', value: '5 minutes', message: '"5 minutes" is not a duration', fix: 'write `5m`' },
    { field: 'interval', value: 'often', fix: 'write a duration such as `30s`, `5m` or `1h30m`' },
    {
      field: 'region',
      value: 'gz1',
      message: '"gz1" is not a region',
      fix: 'write a region such as `ap-guangzhou`',
    },
    {
      field: 'suspendUntil',
      value: 'tomorrow',
      message: '"tomorrow" is not a time',
      fix: /^write a time such as `2026-/,
    },
    {
      field: 'instanceSelector',
      value: '{vpcId: vpc1}',
      message: '"vpc1" is not the id of a VPC',
      fix: 'write the id of a VPC, `vpc-` and 6 to 16 lower-case letters or digits',
    },
    { field: 'sgIds', value: '["!!"]', fix: /^write the id of a security group, `sg-` and / },
    { field: 'credentialsRef', value: '{name: "?"}', fix: /^write one of lower-case letters, digits/ },
  ])('is told in words, with what helps: $field: $value', ({ field, value, message, fix }) => {
    const found = diagnostic(field, value);
    expect(found?.path).toMatch(new RegExp(`^spec\\.${field}`));
    if (message !== undefined) expect(found?.message).toBe(message);
    expect(found?.fix).toEqual(typeof fix === 'string' ? fix : expect.stringMatching(fix));
    expect(`${found?.message} ${found?.fix}`, 'a regular expression').not.toMatch(/\[a-z|\^/);
  });
});

function* patternPaths(schema: StructuralSchema, path: FieldPath): Generator<FieldPath> {
  if (schema.pattern !== undefined) yield path;
  if (schema.items !== undefined) yield* patternPaths(schema.items, [...path, 0]);
  for (const [name, field] of Object.entries(schema.properties ?? {}))
    yield* patternPaths(field, [...path, name]);
}

it('has words for every field of a spec that has a pattern', () => {
  const { spec = {} } = structuralSchema(BINDING_CRD).properties ?? {};
  const paths = [...patternPaths(spec, ['spec'])];
  expect(paths.length).toBeGreaterThan(5);
  expect(paths.filter((path) => patternWords(path) === undefined)).toEqual([]);
});
