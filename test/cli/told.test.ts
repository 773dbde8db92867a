import { expect, it } from 'vitest';
import { A, B, bindingText, C, instanceId, Workspace } from './workspace.ts';

it('run says once that a binding is refused and why, and that it is ready again', async () => {
  await using workspace = await Workspace.open([[A, B]]);
  const policy = workspace.policy(`forbidden: [{ sgId: ${C} }]`);
  workspace.write('web.yaml', bindingText({ instances: [instanceId(0)], groups: [A, C] }));
  const run = workspace.start([
    'run',
    '--source',
    workspace.bindings,
    '--policy',
    policy,
    '--interval',
    '1s',
  ]);
  await run.says('shop/web is not ready: ');
  workspace.write('web.yaml', bindingText({ instances: [instanceId(0)], groups: [B, A] }));
  await run.says('shop/web is ready again');
  expect(run.stderr.match(/shop\/web is not ready: /g)).toHaveLength(1);
  expect(run.stderr).toContain('"reason":"ForbiddenGroup"');
});
