import { expect, it } from 'vitest';
import { until } from './until.ts';
import { A, B, bindingText, C, fleetOf, GROUPS, instanceId, REGION, Workspace } from './workspace.ts';

it('run says once that a binding is refused and why, counts it, and says that it is ready again', async () => {
  await using workspace = await Workspace.open([[A, B]]);
  const policy = workspace.policy(`forbidden: [{ sgId: ${C} }]`);
  workspace.write('web.yaml', bindingText({ instances: [instanceId(0)], groups: [A, C] }));
  const listen = `127.0.0.1:${21_000 + (process.pid % 9_000)}`;
  const run = workspace.start([
    ...['run', '--source', workspace.bindings, '--policy', policy],
    ...['--interval', '1s', '--http-listen', listen],
  ]);
  await run.says('shop/web is not ready: ');
  const page = await (await fetch(`http://${listen}/metrics`)).text();
  expect(page).toContain(`cvmsg_guarded_instances{scope="default@${REGION}",reason="ForbiddenGroup"} 1`);
  workspace.write('web.yaml', bindingText({ instances: [instanceId(0)], groups: [B, A] }));
  await run.says('shop/web is ready again');
  expect(run.stderr.match(/shop\/web is not ready: /g)).toHaveLength(1);
  expect(run.stderr).toContain('"reason":"ForbiddenGroup"');
});

it('plan and why show the names of groups beside their ids', async () => {
  const securityGroups = GROUPS.map((securityGroupId, index) => ({ securityGroupId, name: `name-${index}` }));
  const fleet = fleetOf([[A, B]]);
  const instances = fleet.regions[REGION]?.instances ?? [];
  await using workspace = await Workspace.open([], {
    fleet: { ...fleet, regions: { [REGION]: { securityGroups, instances } } },
  });
  workspace.write('web.yaml', bindingText({ instances: [instanceId(0)], groups: [B, C] }));
  const { stdout } = await workspace.run(['plan', workspace.bindings]);
  expect(stdout).toContain(`add ${C} (name-2) 2nd`);
  await workspace.run(['apply', workspace.bindings, '--yes']);
  const reported = await until('why', async () => (await workspace.run(['why', instanceId(0)])).stdout);
  expect(reported).toContain(`observed    [${B} (name-1), ${C} (name-2)]`);
});

it('a reason that all bindings share is said once, and a refused connection is named first', async () => {
  await using workspace = await Workspace.open([
    [A, B],
    [A, B],
  ]);
  for (const n of [0, 1]) {
    workspace.write(
      `web${n}.yaml`,
      bindingText({ name: `web${n}`, instances: [instanceId(n)], groups: [A, B] }),
    );
  }
  const nobody = ['--endpoint', 'http://127.0.0.1:9'];
  const noKeys = { TENCENTCLOUD_SECRET_ID: '', TENCENTCLOUD_SECRET_KEY: '' };
  const plan = await workspace.run(['plan', workspace.bindings, ...nobody], { env: noKeys });
  expect(
    plan.stdout.match(/unreadable: EndpointUnreachable: nothing answers at "[^"]+": connect ECONNREFUSED/g),
  ).toHaveLength(1);
  expect(plan.stdout).toContain('unreadable: for the same reason as shop/web0');
  expect(plan.stderr).toMatch(/^error: the cloud at http:\/\/127\.0\.0\.1:9 cannot be reached/m);
  const run = workspace.start(['run', '--source', workspace.bindings, ...nobody], { env: noKeys });
  await run.says('is not ready, for the same reason as shop/');
  expect(run.stderr.match(/is not ready: /g)).toHaveLength(1);
});

it('a key with an invisible character is told by its variable, and no request is sent', async () => {
  await using workspace = await Workspace.open([[A, B]]);
  workspace.write('web.yaml', bindingText({ instances: [instanceId(0)], groups: [A, B] }));
  const { stdout } = await workspace.run(['plan', workspace.bindings], {
    env: { TENCENTCLOUD_SECRET_ID: 'AKIDabc\u200bdef' },
  });
  expect(stdout).toContain(
    'TENCENTCLOUD_SECRET_ID holds an invisible character (U+200B) as character 8 of 11',
  );
  expect(workspace.simulator.calls.entries()).toEqual([]);
});
