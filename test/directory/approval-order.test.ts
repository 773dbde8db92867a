/** An approval counts only from a later revision than the one that brought the change, in a folder whose revisions are digests. */
import { describe, expect, it } from 'vitest';
import { planDigest } from '../../src/controller/budget/plan-digest.ts';
import { groups, ins, REGION } from '../faults/small-world.ts';
import { ApprovalWorld, approval, POLICY, web } from './approval-world.ts';

const ALL = [0, 1, 2, 3];
/** What anybody can compute before anything is published. */
const digestOf = (from: string, to: string, numbers: readonly number[] = ALL) =>
  planDigest(
    numbers.map((n) => ({
      scope: { account: 'default', region: REGION },
      instanceId: ins(n),
      from: groups(from),
      to: groups(to),
    })),
  );
const NEW = ['b', 'b', 'b', 'b'];
const OLD = ['a', 'a', 'a', 'a'];

/** A folder whose second revision wants more than may change at once. */
async function flooded(): Promise<ApprovalWorld> {
  const one = new ApprovalWorld();
  await one.publish({ 'web.yaml': web('a') });
  await one.publish({ 'web.yaml': web('b') });
  expect(one.ready().reason).toBe('BlastRadius');
  return one;
}

describe('an approval', () => {
  it('that comes in the revision of its change does not count, and the log says what to do', async () => {
    using one = new ApprovalWorld();
    await one.publish({ 'web.yaml': web('a') });
    await one.publish({ 'web.yaml': web('b'), 'approvals/x.yaml': approval(digestOf('a', 'b')) });
    expect(one.lists(...ALL)).toEqual(OLD);
    expect(one.log.join('\n')).toContain('came in no later revision than what it approves');
  });

  it('that comes in a later revision counts', async () => {
    using one = await flooded();
    await one.publish({ 'approvals/x.yaml': approval(one.digest()) });
    expect(one.lists(...ALL)).toEqual(NEW);
  });

  it('counts whatever another tenant names and names no more, under whatever name', async () => {
    const tenants = ['shop', 'evil'].map((team) => ({
      name: team,
      paths: [`${team}/`],
      instances: { tags: { team } },
    }));
    using one = new ApprovalWorld({ ...POLICY, tenants }, () => ({ team: 'shop' }));
    const squats = { 'evil/x.yaml': web('c', { name: 'x' }), 'evil/web.yaml': web('c') };
    await one.publish({ 'shop/web.yaml': web('a') });
    await one.publish({ 'shop/web.yaml': web('b'), ...squats });
    expect(one.ready().reason).toBe('BlastRadius');
    const away = { 'evil/x.yaml': undefined, 'evil/web.yaml': undefined };
    await one.publish({ 'approvals/x.yaml': approval(one.digest()), ...away });
    expect(one.lists(...ALL)).toEqual(NEW);
  });

  it('that a process sees in one revision with its change does not count, also after that process', async () => {
    using one = new ApprovalWorld();
    one.write({ 'web.yaml': web('b'), 'approvals/x.yaml': approval(digestOf('a', 'b')) });
    await one.settle();
    expect(one.lists(...ALL)).toEqual(OLD);
    await one.stop();
    await one.settle();
    expect(one.lists(...ALL)).toEqual(OLD);
  });

  it('that came while no process ran counts for a change that an earlier process has seen', async () => {
    using one = await flooded();
    const digest = one.digest();
    await one.stop();
    one.write({ 'approvals/x.yaml': approval(digest) });
    await one.settle();
    expect(one.lists(...ALL)).toEqual(NEW);
  });

  it('counts from anew when somebody changes it', async () => {
    using one = new ApprovalWorld();
    const digest = digestOf('a', 'b');
    await one.publish({ 'web.yaml': web('a') });
    await one.publish({ 'web.yaml': web('b'), 'approvals/x.yaml': approval(digest) });
    await one.publish({ 'approvals/x.yaml': approval(digest, 'bob') });
    expect(one.lists(...ALL)).toEqual(NEW);
    expect(one.authorities()).toEqual([`approved ${digest} by bob at 2026-01-01T00:00:00Z`]);
  });

  it('does not become a later one by another name of its file', async () => {
    using one = new ApprovalWorld();
    const text = approval(digestOf('a', 'b'));
    await one.publish({ 'web.yaml': web('a') });
    await one.publish({ 'web.yaml': web('b'), 'approvals/x.yaml': text });
    await one.publish({ 'approvals/x.yaml': undefined, 'approvals/y.yaml': text });
    expect(one.lists(...ALL)).toEqual(OLD);
  });

  it('may be given a second time by somebody who has seen the change', async () => {
    using one = new ApprovalWorld();
    const digest = digestOf('a', 'b');
    await one.publish({ 'web.yaml': web('a') });
    await one.publish({ 'web.yaml': web('b'), 'approvals/x.yaml': approval(digest) });
    await one.publish({ 'approvals/y.yaml': approval(digest, 'bob') });
    expect(one.lists(...ALL)).toEqual(NEW);
  });

  it('of a change that is taken back and made again does not count for the second one', async () => {
    using one = new ApprovalWorld();
    const fault = one.simulator.faults.add({ kind: 'throttle', action: 'ModifySecurityGroupsOfInstance' });
    await one.publish({ 'web.yaml': web('a') });
    await one.publish({ 'web.yaml': web('b') });
    await one.publish({ 'approvals/x.yaml': approval(one.digest()) });
    await one.publish({ 'web.yaml': web('a') });
    one.simulator.faults.remove(fault.id);
    await one.publish({ 'web.yaml': web('b') });
    await one.settle(120_000);
    expect(one.lists(...ALL)).toEqual(OLD);
    expect(one.ready().reason).toBe('BlastRadius');
  });

  it('that is taken away covers nothing that was not written yet', async () => {
    using one = await flooded();
    const fault = one.simulator.faults.add({ kind: 'throttle', action: 'ModifySecurityGroupsOfInstance' });
    await one.publish({ 'approvals/x.yaml': approval(one.digest()) });
    await one.publish({ 'approvals/x.yaml': undefined });
    one.simulator.faults.remove(fault.id);
    await one.settle(120_000);
    expect(one.lists(...ALL)).toEqual(OLD);
  });

  it('counts for the drift of what was declared before', async () => {
    using one = new ApprovalWorld();
    await one.publish({ 'web.yaml': web('a') });
    for (const n of ALL) one.simulator.state.setList(ins(n), groups('c'));
    await one.settle(90_000);
    expect(one.ready().reason).toBe('BlastRadius');
    await one.publish({ 'approvals/x.yaml': approval(one.digest()) });
    expect(one.lists(...ALL)).toEqual(OLD);
  });

  it('counts although the line, the interval or an annotation of the document changed with it', async () => {
    using one = await flooded();
    const text = `# moved\n${web('b', { annotations: { team: 'shop' }, more: '  interval: 1m\n' })}`;
    await one.publish({ 'web.yaml': text, 'approvals/x.yaml': approval(one.digest()) });
    expect(one.lists(...ALL)).toEqual(NEW);
  });

  it.each([
    { what: 'the document', left: undefined },
    { what: 'the instances in it', left: web('b', { instances: [4], more: '  deletionPolicy: Restore\n' }) },
  ])('that comes with the removal of $what does not count for the lists from before', async ({ left }) => {
    const { blastRadius: _, ...open } = POLICY;
    using one = new ApprovalWorld(open);
    const instances = left === undefined ? ALL : [...ALL, 4];
    const restoring = web('b', { instances, more: '  deletionPolicy: Restore\n' });
    await one.publish({ 'web.yaml': restoring, 'fine.yaml': web('a', { name: 'fine', instances: [11] }) });
    expect(one.lists(...ALL)).toEqual(NEW);
    await one.stop();
    one.policy = POLICY;
    await one.settle(90_000);
    await one.publish({ 'web.yaml': left, 'approvals/x.yaml': approval(digestOf('b', 'a')) });
    expect(one.lists(...ALL)).toEqual(NEW);
    await one.publish({ 'approvals/x.yaml': approval(digestOf('b', 'a'), 'bob') });
    expect(one.lists(...ALL)).toEqual(OLD);
  });

  it('that comes with the removal of a contender does not count for the list of the other one', async () => {
    using one = new ApprovalWorld();
    await one.publish({ 'first.yaml': web('a', { name: 'first' }) });
    await one.publish({ 'web.yaml': web('b') });
    await one.publish({ 'first.yaml': undefined, 'approvals/x.yaml': approval(digestOf('a', 'b')) });
    expect(one.lists(...ALL)).toEqual(OLD);
    await one.publish({ 'approvals/x.yaml': approval(digestOf('a', 'b'), 'bob') });
    expect(one.lists(...ALL)).toEqual(NEW);
  });

  it('counts at once where the policy says so', async () => {
    using one = new ApprovalWorld({ ...POLICY, approvals: { ...POLICY.approvals, laterRevision: false } });
    await one.publish({ 'web.yaml': web('b'), 'approvals/x.yaml': approval(digestOf('a', 'b')) });
    expect(one.lists(...ALL)).toEqual(NEW);
  });
});

describe('where an approval stands', () => {
  it.each([
    'teams/attacker/notes.yaml',
    'approvals.yaml',
    'teams/approvals/x.yaml',
    'approvals-of-mine/x.yaml',
  ])('counts for nothing in %s, and is told with its place', async (file) => {
    using one = await flooded();
    await one.publish({ [file]: `\n${approval(one.digest(), 'ciso@bank.example')}` });
    expect(one.lists(...ALL)).toEqual(OLD);
    const diagnostics = one.revisions.at(-1)?.diagnostics ?? [];
    expect(diagnostics).toMatchObject([
      { severity: 'warning', rule: 'approval/path', file, line: 2, column: 1 },
    ]);
    expect(diagnostics[0]?.fix).toContain('move it below `approvals/`');
  });

  it('counts nothing in an annotation of a document, which is told with its place', async () => {
    using one = await flooded();
    const annotations = { 'cvmsg.dev/approved-plan': `${one.digest()} by ciso at 2026-01-01T00:00:00Z` };
    await one.publish({ 'web.yaml': web('b', { annotations }) });
    expect(one.lists(...ALL)).toEqual(OLD);
    const [diagnostic] = one.revisions.at(-1)?.diagnostics ?? [];
    expect(diagnostic).toMatchObject({
      severity: 'warning',
      rule: 'approval/annotation',
      file: 'web.yaml',
      line: 3,
    });
  });

  it('may be an annotation, or another folder, where the policy says so', async () => {
    const approvals = { ...POLICY.approvals, paths: ['reviewed/'], annotations: true };
    using one = new ApprovalWorld({ ...POLICY, approvals });
    await one.publish({ 'web.yaml': web('b') });
    await one.publish({ 'approvals/x.yaml': approval(one.digest()) });
    expect(one.lists(...ALL)).toEqual(OLD);
    await one.publish({ 'reviewed/x.yaml': approval(one.digest(), 'bob') });
    expect(one.lists(...ALL)).toEqual(NEW);
    await one.publish({ 'web.yaml': web('c') });
    const annotations = { 'cvmsg.dev/approved-plan': `${one.digest()} by carol at 2026-01-01T00:00:00Z` };
    await one.settle(90_000);
    await one.publish({ 'web.yaml': web('c', { annotations }) });
    expect(one.lists(...ALL)).toEqual(['c', 'c', 'c', 'c']);
  });

  it('lets an annotation that comes with its change count for nothing, where annotations count', async () => {
    using one = new ApprovalWorld({ ...POLICY, approvals: { ...POLICY.approvals, annotations: true } });
    await one.publish({ 'web.yaml': web('a') });
    const annotations = {
      'cvmsg.dev/approved-plan': `${digestOf('a', 'b')} by carol at 2026-01-01T00:00:00Z`,
    };
    await one.publish({ 'web.yaml': web('b', { annotations }) });
    expect(one.lists(...ALL)).toEqual(OLD);
  });
});

describe('the reason of an approval', () => {
  it('stands in the journal, over a restart, and is no part of what the name says', async () => {
    using one = await flooded();
    const digest = one.digest();
    await one.publish({
      'approvals/x.yaml': approval(digest, 'alice', ', reason: "said \\"yes\\" at noon; really"'),
    });
    await one.stop();
    await one.settle();
    expect(one.lists(...ALL)).toEqual(NEW);
    expect(one.authorities()).toEqual([
      `approved ${digest} by alice at 2026-01-01T00:00:00Z because "said \\"yes\\" at noon; really"`,
    ]);
  });
});
