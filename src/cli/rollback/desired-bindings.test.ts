import { describe, expect, it } from 'vitest';
import type { BindingKey, InstanceId, SecurityGroupId } from '../../api/ids.ts';
import type { Binding } from '../../core/model.ts';
import { Tenancy } from '../../core/tenancy.ts';
import { desiredBindings } from './desired-bindings.ts';
import type { Present } from './present.ts';
import type { EarlierList, RollbackTarget } from './rollback-target.ts';
import { lastingBindings } from './write-documents.ts';

const scope = { account: 'default', region: 'ap-guangzhou' };
const ins = (...numbers: number[]) => numbers.map((n) => `ins-${n}` as InstanceId);
const list = (...letters: string[]) => letters.map((letter) => `sg-${letter}` as SecurityGroupId);

const binding = (name: string, over: Partial<Binding> = {}): Binding => ({
  key: `shop/${name}` as BindingKey,
  namespace: 'shop',
  name,
  scope,
  instanceIds: [],
  sgIds: list('a'),
  mode: 'Enforce',
  suspend: false,
  origin: { kind: 'directory', file: `${name}.yaml`, line: 1, column: 1, revision: 'r9' },
  ...over,
});
const NOW_MS = 1_000;
const present = (bindings: readonly Binding[], owners: Record<string, string> = {}): Present => ({
  tenancy: new Tenancy({ tenants: [] }),
  wallMs: NOW_MS,
  declared: new Map(bindings.map((one) => [one.key, one])),
  owners: new Map(Object.entries(owners).map(([id, key]) => [id as InstanceId, key as BindingKey])),
});
const revision = (...declared: readonly Binding[]): RollbackTarget => ({
  kind: 'revision',
  revision: {
    id: 1,
    revision: 'r1',
    seenMs: 0,
    source: '',
    by: '',
    bindings: declared.length,
    added: 0,
    changed: 0,
    removed: 0,
  },
  declared: new Map(declared.map((one) => [one.key, one])),
});
const earlier = (n: number, name: string, sgIds: readonly SecurityGroupId[]): EarlierList => ({
  instanceId: `ins-${n}` as InstanceId,
  scope,
  binding: `shop/${name}` as BindingKey,
  sgIds,
});
const journal = (...lists: readonly EarlierList[]): RollbackTarget => ({ kind: 'journal', id: 7, lists });
const summary = (bindings: Iterable<Binding>) =>
  [...bindings].map(({ key, instanceIds, sgIds }) => `${key}: ${instanceIds.join(' ')} = ${sgIds.join(' ')}`);

const MEMBERS = { selector: { tags: { role: 'web' }, excluded: [] }, instanceIds: [] };

describe('desiredBindings', () => {
  it('takes whether a binding may be written from now, and what was for its own time from nowhere', () => {
    const then = binding('web', {
      instanceIds: ins(1),
      suspend: true,
      suspendUntilMs: 5,
      deletionPolicy: 'Restore',
      reconcileRequest: 'now',
      emergency: { untilMs: 5, reason: 'then' },
    });
    const now = binding('web', { mode: 'Observe', emergency: { untilMs: 9, reason: 'now' } });
    const [back] = desiredBindings(revision(then), present([now]), []).bindings.values();
    expect(back).toEqual(
      binding('web', {
        instanceIds: ins(1),
        mode: 'Observe',
        emergency: { untilMs: 9, reason: 'now' },
        origin: { kind: 'directory', file: 'web.yaml', line: 1, column: 1, revision: 'r1' },
      }),
    );
  });

  it('narrows a revision to the wanted instances, and a selector to those that the binding owns', () => {
    const named = binding('web', { instanceIds: ins(1, 2) });
    const selecting = binding('all', MEMBERS);
    const owners = { 'ins-3': 'shop/all', 'ins-4': 'shop/other' };
    const { bindings } = desiredBindings(revision(named, selecting), present([], owners), ins(2, 3));
    expect(summary(bindings.values())).toEqual(['shop/web: ins-2 = sg-a', 'shop/all: ins-3 = sg-a']);
    expect([...bindings.values()].some(({ selector }) => selector !== undefined)).toBe(false);
    expect(() => desiredBindings(revision(selecting), present([], owners), ins(4))).toThrow('ins-4');
  });

  it('makes one binding of each owner and list, and keeps the names of owners apart', () => {
    const lists = [
      earlier(1, 'web', list('a')),
      earlier(2, 'web', list('b', 'a')),
      earlier(3, 'web', list('a')),
      earlier(4, 'web', list('a')),
    ];
    const { bindings } = desiredBindings(journal(...lists), present([], { 'ins-4': 'git:shop/api' }), []);
    expect(summary(bindings.values())).toEqual([
      'shop/web: ins-1 ins-3 = sg-a',
      'shop/web (2): ins-2 = sg-b sg-a',
      'git:shop/api: ins-4 = sg-a',
    ]);
    expect([...bindings.values()].map(({ namespace, name }) => `${namespace}/${name}`)).toEqual([
      'shop/web',
      'shop/web',
      'shop/api',
    ]);
  });
});

describe('what holds an instance now', () => {
  const HELD: Partial<Binding> = { suspend: true };
  const writable = (target: RollbackTarget, now: Present) =>
    [...desiredBindings(target, now, []).bindings.values()]
      .filter(
        ({ mode, suspend, suspendUntilMs = 0 }) => mode === 'Enforce' && !suspend && suspendUntilMs <= NOW_MS,
      )
      .flatMap(({ instanceIds }) => instanceIds);

  it.each<{ reason: string; now: Present; free: readonly InstanceId[] }>([
    {
      reason: 'another binding names it, and nobody has read it there yet',
      now: present([binding('api', { ...HELD, instanceIds: ins(1) })]),
      free: ins(2),
    },
    {
      reason: 'another binding only observes it',
      now: present([binding('api', { mode: 'Observe', instanceIds: ins(1) })], { 'ins-1': 'shop/api' }),
      free: ins(2),
    },
    {
      reason: 'its owner has let it go to another binding, and no read has told so',
      now: present(
        [binding('web', { instanceIds: ins(2) }), binding('api', { ...HELD, instanceIds: ins(1) })],
        {
          'ins-1': 'shop/web',
        },
      ),
      free: ins(2),
    },
    {
      reason: 'one of two that may own it is suspended until later',
      now: present([
        binding('api', { instanceIds: ins(1) }),
        binding('db', { suspendUntilMs: NOW_MS + 1, instanceIds: ins(1) }),
      ]),
      free: ins(2),
    },
    {
      reason: 'a selector that is suspended has it for a member, or may have what nobody names',
      now: present([binding('all', { ...MEMBERS, ...HELD })], { 'ins-1': 'shop/all' }),
      free: [],
    },
    {
      reason: 'the selector that owned it leaves it out now',
      now: present(
        [
          binding('all', { ...MEMBERS, selector: { ...MEMBERS.selector, excluded: ins(1) } }),
          binding('api', { ...HELD, instanceIds: ins(1) }),
        ],
        { 'ins-1': 'shop/all' },
      ),
      free: ins(2),
    },
    {
      reason: 'a tenant that may not name it counts for nothing, and lifts and lends nothing',
      now: {
        ...present([binding('evil', { ...HELD, instanceIds: ins(1, 2) })]),
        tenancy: new Tenancy({ tenants: [], accounts: ['another'] }),
      },
      free: ins(1, 2),
    },
    {
      reason: 'somebody names it who does not own it: the owner decides',
      now: present(
        [binding('web', { instanceIds: ins(1, 2) }), binding('evil', { ...HELD, instanceIds: ins(1) })],
        {
          'ins-1': 'shop/web',
        },
      ),
      free: ins(1, 2),
    },
    {
      reason: 'what names it stands in another region',
      now: present([
        binding('api', { ...HELD, instanceIds: ins(1), scope: { ...scope, region: 'ap-shanghai' } }),
      ]),
      free: ins(1, 2),
    },
  ])('decides whether it goes back: $reason', ({ now, free }) => {
    const lists = [earlier(1, 'web', list('b')), earlier(2, 'web', list('b'))];
    expect(writable(journal(...lists), now), 'to a journal entry').toEqual(free);
    expect(writable(revision(binding('web', { instanceIds: ins(1, 2) })), now), 'to a revision').toEqual(
      free,
    );
  });

  it('keeps it out of a selector that it may fit', () => {
    const others = [
      binding('api', { ...HELD, instanceIds: ins(1) }),
      binding('ended', { suspendUntilMs: NOW_MS, instanceIds: ins(2) }),
      binding('all', MEMBERS),
    ];
    const now = present(others, { 'ins-3': 'shop/all', 'ins-4': 'shop/gone' });
    const [back] = desiredBindings(revision(binding('all', MEMBERS)), now, []).bindings.values();
    expect(back?.selector?.excluded).toEqual(ins(1));
  });

  it('says of what is left alone who holds it back', () => {
    const now = present([binding('api', { ...HELD, instanceIds: ins(1) })]);
    const left = (target: RollbackTarget) =>
      [...desiredBindings(target, now, []).left].map(([id, { key }]) => `${id} by ${key}`);
    expect(left(journal(earlier(1, 'web', list('b')), earlier(2, 'web', list('b'))))).toEqual([
      'ins-1 by shop/api',
    ]);
    expect(left(revision(binding('all', MEMBERS)))).toEqual(['ins-1 by shop/api']);
  });

  it('takes mode, suspension and emergency from the binding itself, and from nobody else', () => {
    const emergency = { untilMs: 9, reason: 'it burns' };
    const then = binding('web', { instanceIds: ins(1), suspend: true });
    const back = (now: Present) => [...desiredBindings(revision(then), now, []).bindings.values()][0];
    const other = present([binding('api', { emergency, instanceIds: ins(1) })]);
    expect(back(other)).toMatchObject({ suspend: true });
    expect(back(other)?.emergency).toBeUndefined();
    expect(back(present([binding('web', { emergency, instanceIds: ins(1) })]))).toMatchObject({
      suspend: false,
      emergency,
    });
  });

  it('keeps it out of a selector although the binding of that name names it as well', () => {
    const now = present([
      binding('all', { instanceIds: ins(1) }),
      binding('api', { ...HELD, instanceIds: ins(1) }),
    ]);
    const [back] = desiredBindings(revision(binding('all', MEMBERS)), now, []).bindings.values();
    expect(back?.selector?.excluded).toEqual(ins(1));
  });

  it('gives the other instances of its binding to the same owner as before', () => {
    const web = binding('web', { instanceIds: ins(1, 2) });
    const now = present([binding('api', { ...HELD, instanceIds: ins(1) }), web], {
      'ins-1': 'shop/api',
      'ins-2': 'shop/web',
    });
    const { bindings: back } = desiredBindings(revision(web), now, []);
    expect([...back].map(([key, { instanceIds }]) => [key, instanceIds])).toEqual([['shop/web', ins(2)]]);
  });

  it('is not written into the documents that make a rollback last, nor is the instance declared twice', () => {
    const now = present(
      [binding('api', { ...HELD, instanceIds: ins(1) }), binding('db', { instanceIds: ins(9) })],
      { 'ins-1': 'shop/gone' },
    );
    const lists = [earlier(1, 'gone', list('b')), earlier(2, 'gone', list('b'))];
    const made = [...lastingBindings(journal(...lists), now, []).values()].flat();
    expect(made.map(({ name, instanceIds, suspend }) => ({ name, instanceIds, suspend }))).toEqual([
      { name: 'api', instanceIds: ins(1), suspend: true },
      { name: 'gone-back', instanceIds: ins(2), suspend: false },
    ]);
  });
});

describe('the origin of what goes back to a journal entry', () => {
  it.each([
    {
      now: [binding('web', {})],
      file: 'web.yaml',
      line: 1,
      reason: 'it is declared: its tenant is known by the file',
    },
    { now: [], file: 'journal', line: 7, reason: 'nobody declares it' },
  ])('is $file when $reason', ({ now, file, line }) => {
    const [back] = desiredBindings(journal(earlier(1, 'web', list('b'))), present(now), []).bindings.values();
    expect(back?.origin).toEqual({ kind: 'directory', file, line, column: 1, revision: 'journal entry 7' });
  });
});

describe('lastingBindings', () => {
  const lasting = (target: RollbackTarget, now: Present, wanted: readonly InstanceId[] = []) =>
    Object.fromEntries(
      [...lastingBindings(target, now, wanted)].map(([file, bindings]) => [file, summary(bindings)]),
    );

  it.each([
    {
      reason: 'all get one list: the binding itself gets it',
      now: [binding('web', { instanceIds: ins(1, 2) })],
      lists: [earlier(1, 'web', list('b')), earlier(2, 'web', list('b'))],
      files: { 'web.yaml': ['shop/web: ins-1 ins-2 = sg-b'] },
    },
    {
      reason: 'some get another list: they leave for a binding of their own',
      now: [binding('web', { instanceIds: ins(1, 2) })],
      lists: [earlier(2, 'web', list('b'))],
      files: { 'web.yaml': ['shop/web: ins-1 = sg-a', 'shop/web-back: ins-2 = sg-b'] },
    },
    {
      reason: 'the name is taken',
      now: [binding('web', { instanceIds: ins(1, 2) }), binding('web-back')],
      lists: [earlier(2, 'web', list('b'))],
      files: { 'web.yaml': ['shop/web: ins-1 = sg-a', 'shop/web-back-2: ins-2 = sg-b'] },
    },
    {
      reason: 'the declared list is that of then',
      now: [binding('web', { instanceIds: ins(1) })],
      lists: [earlier(1, 'web', list('a'))],
      files: {},
    },
    {
      reason: 'nobody declares the instance any more',
      now: [],
      lists: [earlier(1, 'web', list('b'))],
      files: { 'rollback.yaml': ['shop/web-back: ins-1 = sg-b'] },
    },
  ])('edits what is declared when $reason', ({ now, lists, files }) => {
    const owners = Object.fromEntries(lists.map(({ instanceId, binding: owner }) => [instanceId, owner]));
    expect(lasting(journal(...lists), present(now, owners))).toEqual(files);
  });

  it('excludes instances from a selector that they fit', () => {
    const now = present([binding('all', MEMBERS)], { 'ins-1': 'shop/all' });
    const files = lastingBindings(journal(earlier(1, 'all', list('b'))), now, []);
    const [all, back] = files.get('all.yaml') ?? [];
    expect(all?.selector?.excluded).toEqual(ins(1));
    expect([back?.selector, back?.instanceIds]).toEqual([undefined, ins(1)]);
  });

  it('gives back the files of a whole revision as they were', () => {
    const target = revision(binding('web', { suspend: true }), binding('api'));
    expect(lasting(target, present([binding('web')]))).toEqual({
      'web.yaml': ['shop/web:  = sg-a'],
      'api.yaml': ['shop/api:  = sg-a'],
    });
    expect(lastingBindings(target, present([]), []).get('web.yaml')?.[0]?.suspend).toBe(true);
  });
});
