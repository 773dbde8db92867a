import { describe, expect, it } from 'vitest';
import type { BindingObject } from './binding-object.ts';
import { membersFromStatus, ownersFromStatus } from './status-memory.ts';

interface Told {
  readonly name: string;
  readonly ids: readonly string[];
  /** State by instance, as listed; `Retrying` was never read. */
  readonly listed: Readonly<Record<string, string>>;
  readonly omitted?: number;
  /** The spec was edited since the status was written. */
  readonly edited?: boolean;
}

const objectOf = ({ name, ids, listed, omitted = 0, edited = false }: Told): BindingObject =>
  ({
    metadata: { name, namespace: 'shop', generation: 2 },
    spec: { region: 'ap-guangzhou', instanceIds: ids, sgIds: ['sg-aaaaaaaa'] },
    status: {
      observedGeneration: edited ? 1 : 2,
      instanceCount: Object.keys(listed).length + omitted,
      instances: Object.entries(listed).map(([instanceId, state]) => ({
        instanceId,
        state,
        ...(state === 'Retrying' ? {} : { sgIds: ['sg-aaaaaaaa'] }),
      })),
      ...(omitted === 0 ? {} : { omittedInstances: omitted }),
    },
  }) as unknown as BindingObject;

describe('the owner of an instance, told by the statuses', () => {
  const many = { name: 'many', ids: ['i1', 'i2', 'i3'], listed: { i1: 'Drifted' }, omitted: 2 };
  const full = { name: 'full', ids: ['i3', 'i4', 'i5'], listed: { i4: 'Conflicted' }, omitted: 2 };

  it.each<{ title: string; told: Told[]; owner: string | undefined }>([
    { title: 'the one that omits it', told: [many], owner: 'many' },
    {
      title: 'the one that omits it, when another lists it as Conflicted',
      told: [{ name: 'thief', ids: ['i3'], listed: { i3: 'Conflicted' } }, many],
      owner: 'many',
    },
    {
      title: 'the one that lists it',
      told: [many, { name: 'other', ids: ['i3'], listed: { i3: 'InSync' } }],
      owner: 'other',
    },
    { title: 'the other one, when that omits some that are Conflicted', told: [many, full], owner: 'many' },
    {
      title: 'nobody, when those who list it never read it, or did not find it',
      told: [
        { name: 'keyless', ids: ['i3'], listed: { i3: 'Retrying' } },
        { name: 'elsewhere', ids: ['i3'], listed: { i3: 'NotFound' } },
      ],
      owner: undefined,
    },
    {
      title: 'the one whose spec is that of its status, when several omit it',
      told: [many, { ...many, name: 'late', edited: true }],
      owner: 'many',
    },
    {
      title: 'nobody, when several were edited since',
      told: [
        { ...many, edited: true },
        { ...many, name: 'late', edited: true },
      ],
      owner: undefined,
    },
  ])('is $title', ({ told, owner }) => {
    const owners = ownersFromStatus(told.map(objectOf));
    expect(owners.get('i3' as never)).toBe(owner === undefined ? undefined : `shop/${owner}`);
  });
});

it('the members of a status that omits some are those that it lists, and how many it does not name', () => {
  const told = { name: 'web', ids: [], listed: { i2: 'InSync', i1: 'Drifted' }, omitted: 50 };
  expect(membersFromStatus(objectOf(told))).toEqual({ ids: ['i1', 'i2'], unnamed: 50 });
});
