import { describe, expect, it } from 'vitest';
import type { BindingKey, InstanceId, SecurityGroupId } from '../../api/ids.ts';
import type { Binding } from '../../core/model.ts';
import { groupInstances } from './diff-side.ts';
import { diffRevisions } from './revision-diff.ts';

const list = (...letters: string[]) => letters.map((letter) => `sg-${letter}` as SecurityGroupId);
const ins = (...numbers: number[]) => numbers.map((n) => `ins-${n}` as InstanceId);

const binding = (name: string, over: Partial<Binding> = {}): Binding => ({
  key: `shop/${name}` as BindingKey,
  namespace: 'shop',
  name,
  scope: { account: 'default', region: 'ap-guangzhou' },
  instanceIds: ins(1),
  sgIds: list('a'),
  mode: 'Enforce',
  suspend: false,
  origin: { kind: 'directory', file: 'web.yaml', line: 1, column: 1, revision: 'r1' },
  ...over,
});
const declared = (...bindings: readonly Binding[]) => new Map(bindings.map((one) => [one.key, one]));

describe('diffRevisions', () => {
  it.each([
    { over: { suspend: true }, field: 'suspend', before: null, after: true },
    { over: { mode: 'Observe' as const }, field: 'mode', before: null, after: 'Observe' },
    { over: { suspendUntilMs: 0 }, field: 'suspendUntil', before: null, after: '1970-01-01T00:00:00Z' },
    { over: { intervalMs: 90_000 }, field: 'interval', before: null, after: '90s' },
    { over: { deletionPolicy: 'Restore' as const }, field: 'deletionPolicy', before: null, after: 'Restore' },
    {
      over: { scope: { account: 'default', region: 'ap-beijing' } },
      field: 'region',
      before: 'ap-guangzhou',
      after: 'ap-beijing',
    },
    {
      over: { scope: { account: 'prod', region: 'ap-guangzhou' } },
      field: 'credentialsRef',
      before: null,
      after: { name: 'prod' },
    },
    {
      over: { origin: { kind: 'directory' as const, file: 'b.yaml', line: 1, column: 1, revision: 'r2' } },
      field: 'file',
      before: 'web.yaml',
      after: 'b.yaml',
    },
    {
      over: { selector: { tags: { role: 'web' }, excluded: ins(9) } },
      field: 'instanceSelector',
      before: null,
      after: { tags: { role: 'web' }, excludeInstanceIds: ins(9) },
    },
  ])('names the field $field when it changes', ({ over, ...change }) => {
    const { bindings } = diffRevisions(declared(binding('web')), declared(binding('web', over)));
    expect(bindings).toMatchObject([{ change: 'changed', steps: [], fields: [change] }]);
    const back = diffRevisions(declared(binding('web', over)), declared(binding('web')));
    expect(back.bindings[0]?.fields).toEqual([
      { field: change.field, before: change.after, after: change.before },
    ]);
  });

  it('finds nothing where only the line and the revision differ', () => {
    const origin = { kind: 'directory', file: 'web.yaml', line: 9, column: 3, revision: 'r2' } as const;
    const diff = diffRevisions(declared(binding('web')), declared(binding('web', { origin })));
    expect(diff).toEqual({ bindings: [], instances: [] });
  });

  it('tells the list of an instance that several bindings claim by the one that wins', () => {
    const contender = binding('api', { sgIds: list('b') });
    const { instances } = diffRevisions(declared(binding('web')), declared(binding('web'), contender));
    expect(instances).toMatchObject([
      { instanceId: 'ins-1', bindingBefore: 'shop/web', bindingAfter: 'shop/api', after: list('b') },
    ]);
  });

  it('tells of an instance that nobody declares any more', () => {
    const { instances } = diffRevisions(
      declared(binding('web', { instanceIds: ins(1, 2) })),
      declared(binding('web')),
    );
    expect(instances).toEqual([
      { instanceId: 'ins-2', bindingBefore: 'shop/web', before: list('a'), steps: [] },
    ]);
  });
});

it('groups the instances that get the same', () => {
  const of = (sgIds: Binding['sgIds']) => declared(binding('web', { instanceIds: ins(1, 2, 3), sgIds }));
  const { instances } = diffRevisions(of(list('a', 'b')), of(list('b', 'a')));
  expect(groupInstances(instances).map(({ instanceIds }) => instanceIds)).toEqual([ins(1, 2, 3)]);
});
