import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BindingKey, InstanceId } from '../api/ids.ts';
import { ClaimIndex } from '../core/claim-index.ts';
import type { Binding } from '../core/model.ts';
import { readDocuments } from '../documents/document-reader.ts';
import { readDeclarations } from './declarations.ts';
import type { Snapshot } from './snapshot-reader.ts';

interface Doc {
  readonly name: string;
  readonly groups?: string;
  readonly instances?: string;
  readonly extra?: string;
}
const text = ({ name, groups = 'sg-aaaaaaaa', instances = `ins-${name.padEnd(8, '0')}`, extra = '' }: Doc) =>
  [
    'apiVersion: cvmsg.dev/v1alpha1',
    'kind: CvmSecurityGroupBinding',
    `metadata: { name: ${name}, namespace: shop }`,
    `spec: { region: gz, instanceIds: [${instances}], sgIds: [${groups}]${extra} }`,
    '',
  ].join('\n');

type Files = Readonly<Record<string, readonly Doc[] | string | Buffer>>;
const snapshot = (
  files: Files,
  refusedLinks: readonly string[] = [],
  previous: ReadonlyMap<BindingKey, Binding> = new Map(),
): Snapshot => ({
  publication: { path: '/x', immutable: true },
  digest: '',
  parsedFiles: Object.entries(files).map(([file, content]) => {
    const held = [...previous.values()].some(
      ({ origin }) => origin.kind === 'directory' && origin.file === file,
    );
    if (Buffer.isBuffer(content)) return readDocuments(file, content, { held });
    const body = typeof content === 'string' ? content : content.map(text).join('---\n');
    return readDocuments(file, Buffer.from(body), { held });
  }),
  refused: refusedLinks.map((path) => ({ path, why: 'outside' })),
});
const A = 'shop/a' as BindingKey;
const NOTHING: ReadonlyMap<BindingKey, Binding> = new Map();
const declare = (files: Files, previous = NOTHING, revision = 'r1') =>
  readDeclarations(snapshot(files, [], previous), { revision, previous });
const words = (bindings: ReadonlyMap<BindingKey, Binding>) =>
  [...bindings.values()].map((one) => `${one.name}: ${one.sgIds.join(' ')}`).sort();

describe('readDeclarations', () => {
  it('makes a binding of each valid document, with defaults and where it stands', () => {
    const { bindings } = declare({ 'a.yaml': [{ name: 'x' }, { name: 'a' }] });
    expect(bindings.get('shop/a' as BindingKey)).toMatchObject({
      scope: { account: 'default', region: 'ap-guangzhou' },
      mode: 'Enforce',
      suspend: false,
      origin: { kind: 'directory', file: 'a.yaml', line: 6, column: 1, revision: 'r1' },
    });
  });

  it('keeps the object, and with it the revision, of a binding that did not change', () => {
    const first = declare({ 'a.yaml': [{ name: 'a' }], 'b.yaml': [{ name: 'b' }] });
    const second = declare(
      { 'a.yaml': [{ name: 'a' }], 'b.yaml': [{ name: 'b', groups: 'sg-bbbbbbbb' }] },
      first.bindings,
      'r2',
    );
    const [a, b] = ['shop/a', 'shop/b'] as BindingKey[];
    expect(second.bindings.get(a as BindingKey)).toBe(first.bindings.get(a as BindingKey));
    expect(second.bindings.get(b as BindingKey)?.origin).toMatchObject({ revision: 'r2' });
  });

  it.each([
    { extra: ', suspend: true', reason: 'suspend' },
    { extra: ', mode: Observe', reason: 'mode' },
    { extra: ', credentialsRef: { name: other }', reason: 'account' },
    { groups: 'sg-bbbbbbbb, sg-aaaaaaaa', reason: 'the order of groups' },
    { instances: 'ins-bbbbbbbb, ins-aaaaaaaa', reason: 'instances' },
  ])('sees a change of $reason', ({ reason, ...doc }) => {
    const before = { name: 'a', groups: 'sg-aaaaaaaa, sg-bbbbbbbb', instances: 'ins-aaaaaaaa, ins-bbbbbbbb' };
    const first = declare({ 'a.yaml': [before] });
    const second = declare({ 'a.yaml': [{ ...before, ...doc }] }, first.bindings, 'r2');
    const key = 'shop/a' as BindingKey;
    expect(second.bindings.get(key), reason).not.toBe(first.bindings.get(key));
  });

  it('puts neither of two documents of one name in force, and keeps what was declared before', () => {
    const twice: Files = {
      'a.yaml': [{ name: 'a', groups: 'sg-bbbbbbbb' }],
      'b.yaml': [{ name: 'a', groups: 'sg-cccccccc' }, { name: 'b' }],
    };
    expect(words(declare(twice).bindings)).toEqual(['b: sg-aaaaaaaa']);
    const first = declare({ 'a.yaml': [{ name: 'a' }] });
    const second = declare(twice, first.bindings, 'r2');
    expect(words(second.bindings)).toEqual(['a: sg-aaaaaaaa', 'b: sg-aaaaaaaa']);
    expect(second.retained).toEqual(['shop/a']);
    expect(second.diagnostics.map((one) => one.file)).toEqual(['a.yaml', 'b.yaml']);
  });

  it('names both of two bindings that claim one instance, and one of them wins it', () => {
    const { bindings, diagnostics } = declare({
      'b.yaml': [{ name: 'b', instances: 'ins-00000001' }],
      'a.yaml': [{ name: 'a', instances: 'ins-00000001' }],
    });
    expect(diagnostics.map((one) => `${one.file} ${one.severity}`)).toEqual(['a.yaml error', 'b.yaml error']);
    const index = new ClaimIndex();
    index.update(bindings);
    expect(index.claimsOn('ins-00000001' as InstanceId)[0]).toMatchObject({
      owner: { name: 'a' },
      contenders: [{ name: 'b' }],
    });
  });

  it('keeps a binding whose document moved to a file and is broken there', () => {
    const first = declare({ 'a.yaml': [{ name: 'a' }] });
    const second = declare({ 'b.yaml': [{ name: 'a', groups: 'oops' }] }, first.bindings, 'r2');
    expect(second.retained).toEqual(['shop/a']);
    expect(second.bindings.get(A)?.invalid).toMatch(/^b\.yaml:4:\d+: .*oops/);
  });

  it.each([
    {
      reason: 'Latin-1',
      place: 'b.yaml:5:3: ',
      content: Buffer.from(`${text({ name: 'a' })}# \u00e9`, 'latin1'),
    },
    { reason: 'too large', place: 'b.yaml:1:1: ', content: `${text({ name: 'a' })}#${'x'.repeat(1 << 20)}` },
    {
      reason: 'indented badly',
      place: 'b.yaml:5:1: ',
      content: text({ name: 'a' }).replace('metadata:', 'metadata:\n   name: a\n  namespace: shop\n#'),
    },
    {
      reason: 'without an anchor',
      place: 'b.yaml:1:1: ',
      content: text({ name: 'a' }).replace('region: gz', 'region: *gz'),
    },
  ])('keeps a binding whose document moved to a file that is $reason, and names that file', (moved) => {
    const first = declare({ 'a.yaml': [{ name: 'a' }] });
    const second = declare({ 'b.yaml': moved.content, 'c.yaml': [{ name: 'c' }] }, first.bindings, 'r2');
    expect(words(second.bindings), moved.reason).toEqual(['a: sg-aaaaaaaa', 'c: sg-aaaaaaaa']);
    expect(second.retained).toEqual(['shop/a']);
    expect(second.bindings.get(A)?.invalid).toContain(
      `it stands no more in a.yaml, but may stand in a file that could not be read: ${moved.place}`,
    );
    const third = declare({ 'c.yaml': [{ name: 'c' }] }, second.bindings, 'r3');
    expect(words(third.bindings), 'gone once every file can be read').toEqual(['c: sg-aaaaaaaa']);
  });

  it('keeps a binding whose file became a link that is not followed', () => {
    const first = declare({ 'a.yaml': [{ name: 'a' }], 'c.yaml': [{ name: 'c' }] });
    const linked = snapshot({ 'c.yaml': [{ name: 'c' }] }, ['a.yaml']);
    const second = readDeclarations(linked, { revision: 'r2', previous: first.bindings });
    expect(second.retained).toEqual(['shop/a']);
    expect(second.bindings.get(A)?.invalid).toMatch(/^a\.yaml:1:1: the link/);
  });

  it('says of a binding that is declared twice where, whatever else is wrong with its file', () => {
    const first = declare({ 'a.yaml': [{ name: 'a' }] });
    const twice: Files = {
      'a.yaml': [{ name: 'x', groups: 'oops' }, { name: 'a' }],
      'b.yaml': [{ name: 'a', groups: 'sg-bbbbbbbb' }],
    };
    const { invalid } = declare(twice, first.bindings, 'r2').bindings.get(A) ?? {};
    expect(invalid).toBe('a.yaml:6:1: declared in two places, also at b.yaml:1:1');
  });

  it('follows a binding that moved out of a file that broke', () => {
    const first = declare({ 'a.yaml': [{ name: 'a' }, { name: 'b' }] });
    const second = declare(
      { 'a.yaml': '{', 'b.yaml': [{ name: 'b', groups: 'sg-bbbbbbbb' }] },
      first.bindings,
      'r2',
    );
    expect(words(second.bindings)).toEqual(['a: sg-aaaaaaaa', 'b: sg-bbbbbbbb']);
    expect(second.retained).toEqual(['shop/a']);
  });

  it('is in force without a reproach as soon as the document is valid again, also when it says the same', () => {
    const key = 'shop/a' as BindingKey;
    const first = declare({ 'a.yaml': [{ name: 'a' }] });
    const second = declare({ 'a.yaml': [{ name: 'a', groups: 'oops' }] }, first.bindings, 'r2');
    expect(second.bindings.get(key)?.invalid).toContain('a.yaml:4:');
    const third = declare({ 'a.yaml': [{ name: 'a' }] }, second.bindings, 'r3');
    expect(third.bindings.get(key)?.invalid).toBeUndefined();
  });

  it('reports links that were not followed', () => {
    const { diagnostics } = readDeclarations(snapshot({ 'a.yaml': [{ name: 'a' }] }, ['out.yaml']), {
      revision: 'r1',
      previous: NOTHING,
    });
    expect(diagnostics).toMatchObject([{ file: 'out.yaml', rule: 'source/link', severity: 'error' }]);
  });

  it('says the same in whatever order files and documents come', () => {
    const docs = fc.array(
      fc.record({
        name: fc.constantFrom(...'abcdef'),
        groups: fc.constantFrom('sg-aaaaaaaa', 'sg-bbbbbbbb', 'oops'),
        instances: fc.constantFrom('ins-00000001', 'ins-00000002', 'ins-00000003'),
      }),
      { maxLength: 6 },
    );
    const turned = <T>(list: readonly T[], by: number): T[] => {
      const at = list.length === 0 ? 0 : by % list.length;
      return [...list.slice(at), ...list.slice(0, at)].reverse();
    };
    const owners = (bindings: ReadonlyMap<BindingKey, Binding>) => {
      const index = new ClaimIndex();
      index.update(bindings);
      return [...index.claims()].map(([id, claim]) => `${id} ${claim.owner.key}`).sort();
    };
    fc.assert(
      fc.property(docs, docs, fc.nat(), (one, two, by) => {
        const previous = declare({ 'one.yaml': [{ name: 'a' }], 'two.yaml': [{ name: 'b' }] }).bindings;
        const straight = declare({ 'one.yaml': one, 'two.yaml': two }, previous, 'r2');
        const other = declare({ 'two.yaml': turned(two, by), 'one.yaml': turned(one, by) }, previous, 'r2');
        expect(words(other.bindings)).toEqual(words(straight.bindings));
        expect(other.retained).toEqual(straight.retained);
        expect(owners(other.bindings)).toEqual(owners(straight.bindings));
      }),
    );
  });
});
