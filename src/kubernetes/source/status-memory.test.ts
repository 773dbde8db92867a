import { describe, expect, it } from 'vitest';
import { allAtOnce } from '../../api/steps.ts';
import type { BindingObject } from './binding-object.ts';
import { changesFromStatus, membersFromStatus, ownersFromStatus, wasChanged } from './status-memory.ts';

interface Reported {
  readonly name: string;
  readonly ids: readonly string[];
  /** State by instance, as listed; `Retrying` was never read. */
  readonly listed: Readonly<Record<string, string>>;
  readonly omitted?: number;
  /** The spec was edited since the status was written. */
  readonly edited?: boolean;
}

const objectOf = ({ name, ids, listed, omitted = 0, edited = false }: Reported): BindingObject =>
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

  it.each<{ title: string; reported: Reported[]; owner: string | undefined }>([
    { title: 'the one that omits it', reported: [many], owner: 'many' },
    {
      title: 'the one that omits it, when another lists it as Conflicted',
      reported: [{ name: 'thief', ids: ['i3'], listed: { i3: 'Conflicted' } }, many],
      owner: 'many',
    },
    {
      title: 'the one that lists it',
      reported: [many, { name: 'other', ids: ['i3'], listed: { i3: 'InSync' } }],
      owner: 'other',
    },
    {
      title: 'the other one, when that omits some that are Conflicted',
      reported: [many, full],
      owner: 'many',
    },
    {
      title: 'nobody, when those who list it never read it, or did not find it',
      reported: [
        { name: 'keyless', ids: ['i3'], listed: { i3: 'Retrying' } },
        { name: 'elsewhere', ids: ['i3'], listed: { i3: 'NotFound' } },
      ],
      owner: undefined,
    },
    {
      title: 'the one whose spec is that of its status, when several omit it',
      reported: [many, { ...many, name: 'late', edited: true }],
      owner: 'many',
    },
    {
      title: 'nobody, when several were edited since',
      reported: [
        { ...many, edited: true },
        { ...many, name: 'late', edited: true },
      ],
      owner: undefined,
    },
  ])('is $title', ({ reported, owner }) => {
    const owners = allAtOnce(ownersFromStatus(reported.map(objectOf)));
    expect(owners.get('i3' as never)).toBe(owner === undefined ? undefined : `shop/${owner}`);
  });
});

it('the members of a status that omits some are those that it lists, and how many it does not name', () => {
  const reported = { name: 'web', ids: [], listed: { i2: 'InSync', i1: 'Drifted' }, omitted: 50 };
  expect(membersFromStatus(objectOf(reported))).toEqual({ ids: ['i1', 'i2'], unnamed: 50 });
});

describe('what was changed without an approval, told by a status', () => {
  const at = (second: number) =>
    `2026-01-01T00:0${Math.floor(second / 60)}:${String(second % 60).padStart(2, '0')}Z`;
  const entry = { cause: 'declared', after: [], before: [], outcome: 'accepted', generation: 1 };
  const reported = (status: object) => {
    const object = { metadata: { name: 'web', namespace: 'shop', uid: 'u1', generation: 2 }, status };
    const changes = changesFromStatus(object as unknown as BindingObject, Date.parse(at(100)));
    return [...changes].map(({ id, atMs }) => `${id} ${new Date(atMs).toISOString().slice(15, 19)}`);
  };

  it('are instances that were written since, and those that a history names', () => {
    const instances = [
      { instanceId: 'i1', lastWriteTime: at(130) },
      { instanceId: 'i2', lastWriteTime: at(90) },
      { instanceId: 'i3' },
    ];
    const history = [{ ...entry, time: at(110), instanceCount: 1, instanceIds: ['i4'] }];
    expect(reported({ instances, history }).sort()).toEqual(['i1 2:10', 'i4 1:50']);
  });

  it('are as many as a history counts, though nobody can name them', () => {
    const history = [{ ...entry, time: at(120), instanceCount: 30, instanceIds: ['i1', 'i2'] }];
    expect(reported({ history })).toHaveLength(30);
  });

  it('are not those that an approval let pass, nor what the cloud refused', () => {
    const approvedBy = { digest: `sha256:${'0'.repeat(64)}`, by: 'alice', at: at(0) };
    const instances = [{ instanceId: 'i1', lastWriteTime: at(121) }];
    const history = [
      { ...entry, time: at(120), instanceCount: 1, instanceIds: ['i1'], approvedBy },
      { ...entry, time: at(115), instanceCount: 1, instanceIds: ['i5'], outcome: 'rejected' },
    ];
    expect(reported({ instances, history })).toEqual([]);
  });
});

describe('whether an instance was changed since its status was written', () => {
  const object = (status: object | undefined, generation = 2) =>
    ({ metadata: { name: 'web', generation }, status }) as unknown as BindingObject;
  const list = ['sg-a', 'sg-b'] as never;
  it.each([
    { title: 'no: nobody has looked after it before', of: object(undefined), changed: false },
    { title: 'no: the object is new', of: object({ observedGeneration: -1 }), changed: false },
    {
      title: 'no: it had this list',
      of: object({ observedGeneration: 1, instances: [{ instanceId: 'i1', sgIds: ['sg-a', 'sg-b'] }] }),
      changed: false,
    },
    {
      title: 'yes: it had another order',
      of: object({ observedGeneration: 2, instances: [{ instanceId: 'i1', sgIds: ['sg-b', 'sg-a'] }] }),
      changed: true,
    },
    { title: 'no: the status had no room for it', of: object({ observedGeneration: 2 }), changed: false },
    { title: 'yes: the object was edited since', of: object({ observedGeneration: 1 }), changed: true },
  ])('$title', ({ of, changed }) => {
    expect(wasChanged(of, 'i1' as never, list)).toBe(changed);
  });
});
