import { describe, expect, it } from 'vitest';
import { fleetRules } from '../firewall/notation.ts';
import { until } from './until.ts';
import { A, B, bindingText, C, instanceId, REGION, Workspace } from './workspace.ts';

const RULE = 'name: no remote shell, never: { services: [tcp/22], from: [0.0.0.0/0] }';
const OPENS = 'opens tcp/22 from 0.0.0.0/0, because sg-cccccccc ingress #0';

/** One instance that has A and shall have C and A, where C lets everybody in by ssh; another one that changes harmlessly. */
async function opening(more = '') {
  const workspace = await Workspace.open([[A], [A]]);
  workspace.simulator.state.addGroup(REGION, { securityGroupId: C, ingress: fleetRules('A tcp:22 any') });
  workspace.write('open.yaml', bindingText({ name: 'open', instances: [instanceId(0)], groups: [C, A] }));
  workspace.write('fine.yaml', bindingText({ name: 'fine', instances: [instanceId(1)], groups: [B, A] }));
  const policy = workspace.policy(`exposure: [{ ${RULE}${more} }]`);
  const run = (words: readonly string[], env: Record<string, string> = {}) =>
    workspace.run([...words, '--policy', policy], { env });
  return { workspace, run, [Symbol.asyncDispose]: () => workspace[Symbol.asyncDispose]() };
}

describe.concurrent('an opening that the policy forbids', () => {
  it('is shown by plan, and refused by apply, whoever says yes', async () => {
    await using world = await opening();
    const { workspace, run } = world;
    const plan = await run(['plan', workspace.bindings, '-o', 'json']);
    expect(plan.code).toBe(3);
    const { rows, digest } = JSON.parse(plan.stdout);
    const [, open] = rows;
    expect(open.guard).toMatchObject({ guard: 'exposure', outcome: 'refused', reason: 'Exposure' });
    expect(open.guard.message).toContain(OPENS);
    const apply = await run(['apply', workspace.bindings, '--plan', digest]);
    expect([apply.code, workspace.list(0), workspace.list(1)]).toEqual([3, [A], [B, A]]);
    expect((await run(['apply', workspace.bindings, '--yes'])).code).toBe(3);
    expect(workspace.list(0)).toEqual([A]);
  });

  it('is made by the very plan that somebody has looked at, where the policy lets an approval pass', async () => {
    await using world = await opening(', approval: allow');
    const { workspace, run } = world;
    expect((await run(['apply', workspace.bindings, '--yes'])).code).toBe(3);
    expect([workspace.list(0), workspace.list(1)]).toEqual([[A], [B, A]]);
    const { digest } = JSON.parse((await run(['plan', workspace.bindings, '-o', 'json'])).stdout);
    const apply = await run(['apply', workspace.bindings, '--plan', digest]);
    expect([apply.code, workspace.list(0)]).toEqual([0, [C, A]]);
    expect(workspace.journal().at(-1)?.authority).toContain(digest);
  });

  it('cannot be told without reading rules, so that is refused at once', async () => {
    await using world = await opening();
    const { workspace, run } = world;
    const { code, stderr } = await run(['plan', workspace.bindings], { CVMSG_TRAFFIC: 'off' });
    expect([code, stderr]).toEqual([1, expect.stringContaining('--traffic off: the policy')]);
  });
});

it('what is open already is counted, told by get, and blocks nothing', async () => {
  await using world = await opening();
  const { workspace } = world;
  const policy = workspace.policy(`exposure: [{ ${RULE} }, { name: mail, never: { to: [0.0.0.0/0] } }]`);
  workspace.simulator.state.setList(instanceId(0), [C]);
  const listen = `127.0.0.1:${11_000 + (process.pid % 9_000)}`;
  workspace.start([
    ...['run', '--source', workspace.bindings, '--policy', policy],
    ...['--interval', '1s', '--http-listen', listen],
  ]);
  await until('it is written', async () => workspace.list(0).join() === [C, A].join());
  const page = await until('it is counted', async () => {
    const text = await (await fetch(`http://${listen}/metrics`)).text();
    return text.includes('rule="no remote shell"} 1') ? text : undefined;
  });
  expect(page).toContain(`cvmsg_exposed_instances{scope="default@${REGION}",rule="mail"} 0`);
  const told = 'rule "no remote shell": 1 instance of shop/open is open to what it forbids';
  await until('get tells it', async () => (await workspace.run(['get'])).stdout.includes(told));
  const { items } = JSON.parse((await workspace.run(['get', '-o', 'json'])).stdout);
  const exposure = items.map((item: { status: { exposure?: unknown } }) => item.status.exposure);
  expect(exposure).toContainEqual([{ rule: 'no remote shell', instanceCount: 1 }]);
});
