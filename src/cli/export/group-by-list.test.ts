import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { InstanceId, SecurityGroupId } from '../../api/ids.ts';
import { readDocuments } from '../../documents/document-reader.ts';
import { bindingText } from './deliver.ts';
import { type FoundInstance, groupByList, MAX_INSTANCES } from './group-by-list.ts';

const A = 'sg-aaaaaaaa' as SecurityGroupId;
const B = 'sg-bbbbbbbb' as SecurityGroupId;
const found = (n: number, sgIds: readonly SecurityGroupId[], region = 'ap-guangzhou'): FoundInstance => ({
  instanceId: `ins-${String(n).padStart(8, '0')}` as InstanceId,
  region,
  sgIds,
});

describe('bindings of what was found', () => {
  it('tell orders and regions apart', () => {
    const bindings = groupByList([
      found(3, [A, B]),
      found(1, [A, B]),
      found(2, [B, A]),
      found(4, [A, B], 'x'),
    ]);
    expect(bindings.map(({ instanceIds }) => instanceIds.length).sort()).toEqual([1, 1, 2]);
    expect(new Set(bindings.map(({ name }) => name)).size).toBe(3);
    expect(bindings.find(({ instanceIds }) => instanceIds.length === 2)?.instanceIds).toEqual([
      'ins-00000001',
      'ins-00000003',
    ]);
  });

  it('have a name that comes from the list alone', () => {
    const [one] = groupByList([found(1, [A, B])]);
    const [two] = groupByList([found(2, [A, B]), found(3, [A, B])]);
    expect(one?.name).toMatch(/^sg-aaaaaaaa-2-[0-9a-f]{10}$/);
    expect(two?.name).toBe(one?.name);
  });

  it('declare each instance once with its own list, whatever the fleet and its order', () => {
    const list = fc.constantFrom([A], [B], [A, B], [B, A]);
    const fleet = fc
      .uniqueArray(fc.nat(999_999), { maxLength: 60 })
      .chain((ns) => fc.tuple(...ns.map((n) => list.map((sgIds) => found(n, sgIds)))));
    fc.assert(
      fc.property(fleet, (instances) => {
        const bindings = groupByList(instances);
        expect(groupByList([...instances].reverse())).toEqual(bindings);
        const declared = bindings.flatMap(({ instanceIds, sgIds }) => instanceIds.map((id) => [id, sgIds]));
        expect(new Map(declared as [string, unknown][])).toEqual(
          new Map(instances.map(({ instanceId, sgIds }) => [instanceId, sgIds])),
        );
        expect(declared).toHaveLength(instances.length);
      }),
      { numRuns: 50 },
    );
  });

  it('are cut into parts that fit, and one more instance changes one part alone', () => {
    const many = Array.from({ length: 5_000 }, (_, n) => found(n, [A]));
    const before = groupByList(many);
    expect(Math.max(...before.map(({ instanceIds }) => instanceIds.length))).toBeLessThanOrEqual(
      MAX_INSTANCES,
    );
    expect(before.reduce((sum, { instanceIds }) => sum + instanceIds.length, 0)).toBe(5_000);
    const texts = new Set(before.map((binding) => bindingText(binding, {})));
    const after = groupByList([...many, found(5_000, [A])]);
    expect(after.filter((binding) => !texts.has(bindingText(binding, {})))).toHaveLength(1);
  });
});

describe('a written binding', () => {
  const [binding] = groupByList([found(1, [A, B])]);

  it.each([
    { namespace: undefined, reads: 'default', reason: 'none' },
    { namespace: 'shop', reads: 'shop', reason: 'a word' },
    { namespace: 'no', reads: 'no', reason: 'a boolean of YAML 1.1' },
    { namespace: 'true', reads: 'true', reason: 'a boolean' },
    { namespace: '12', reads: '12', reason: 'a number' },
    { namespace: '1e5', reads: '1e5', reason: 'a number in disguise' },
    { namespace: '2026-01-01', reads: '2026-01-01', reason: 'a date' },
  ])('reads back as what it declares, with a namespace that is $reason', ({ namespace, reads, reason }) => {
    if (binding === undefined) throw new Error('no binding');
    const names = new Map([
      [A, 'web\n---\nkind: Evil\u2028\u001b[31m'],
      [B, `x${'y'.repeat(200)}`],
    ]);
    const text = bindingText(binding, { namespace, groupNames: names });
    const reading = readDocuments('x.yaml', Buffer.from(text));
    expect([reading.diagnostics, reading.skipped], reason).toEqual([[], 0]);
    expect(reading.documents.map(({ binding: read }) => read)).toMatchObject([
      {
        metadata: { name: binding.name, namespace: reads },
        spec: { region: 'ap-guangzhou', instanceIds: ['ins-00000001'], sgIds: [A, B] },
      },
    ]);
    expect(text).toContain(`- ${A} # web --- kind: Evil [31m\n`);
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThan(120);
  });
});
