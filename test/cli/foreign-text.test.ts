import { describe, expect, it } from 'vitest';
import { A, B, bindingText, fleetOf, instanceId, REGION, Workspace } from './workspace.ts';

const EVIL = 'evil\u001b[31m\nforged line\u202e';
const SHOWN = 'evil\\u001b[31m\\nforged line\\u202e';

/** One instance out of order, whose name and group speak in control characters. */
async function open(): Promise<Workspace> {
  const workspace = await Workspace.open([[B, A]], { fleet: named(fleetOf([[B, A]])) });
  const response = await fetch(`${workspace.server.url}/_sim/instances/${instanceId(0)}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ instanceName: EVIL }),
  });
  expect(response.status).toBe(200);
  workspace.write('web.yaml', bindingText({ instances: [instanceId(0)], groups: [A, B] }));
  return workspace;
}

function named(fleet: ReturnType<typeof fleetOf>): ReturnType<typeof fleetOf> {
  const region = fleet.regions[REGION];
  if (region === undefined) throw new Error('the fleet has no such region');
  const securityGroups = region.securityGroups.map((group) => ({ ...group, name: EVIL }));
  return { ...fleet, regions: { [REGION]: { ...region, securityGroups } } };
}

/** Whether a text holds what could steer a terminal. */
const steers = (text: string) => /\p{Bidi_Control}|^forged/mu.test(text) || text.includes('\u001b');

describe.concurrent('text that somebody else wrote', () => {
  it('forges no line of a plan: the names of instances and groups are shown with their control characters escaped', async () => {
    await using workspace = await open();
    for (const output of ['text', 'markdown']) {
      const { stdout } = await workspace.run(['plan', workspace.bindings, '-o', output]);
      expect(stdout).toContain(`${A} (${SHOWN})`);
      if (output === 'text') expect(stdout).toContain(`${instanceId(0)} (${SHOWN})`);
      expect(steers(stdout)).toBe(false);
    }
  });

  it('forges no line where a refusal suggests the group that was probably meant', async () => {
    await using workspace = await open();
    workspace.write(
      'web.yaml',
      bindingText({ instances: [instanceId(0)], groups: [A.replace('aaaaaaaa', 'aaaaaaab')] }),
    );
    const controller = workspace.start(['run', '--source', workspace.bindings]);
    await controller.says('did you mean');
    await controller.stop();
    const shown = [
      await workspace.run(['plan', workspace.bindings]),
      await workspace.run(['plan', workspace.bindings, '-o', 'markdown']),
      await workspace.run(['apply', workspace.bindings, '--yes']),
      await workspace.run(['why', instanceId(0)]),
    ].map(({ stdout }) => stdout);
    for (const text of shown) {
      expect(text).toContain(`(did you mean "${A}", named "${SHOWN}"?)`);
      expect(steers(text)).toBe(false);
    }
  });

  it('forges no line of a diagnostic: what a document and its file are called is shown escaped', async () => {
    await using workspace = await open();
    const text = bindingText({ instances: [instanceId(0)], groups: [A] });
    workspace.write('we\u202eb.yaml', text.replace('shop', '"a\\u009b2J\\u202e"'));
    const { stdout, code } = await workspace.run(['validate', workspace.bindings]);
    expect(stdout).toContain('we\\u202eb.yaml:3:');
    expect(stdout).toContain('"a\\u009b2J\\u202e" ');
    expect(/[\u0080-\u009f]/u.test(stdout) || steers(stdout)).toBe(false);
    expect(code).toBe(1);
  });

  it('stays as it is in a plan for programs', async () => {
    await using workspace = await open();
    const { stdout } = await workspace.run(['plan', workspace.bindings, '-o', 'json']);
    expect(JSON.parse(stdout)).toMatchObject({ groups: { [A]: EVIL }, rows: [{ instanceName: EVIL }] });
  });
});
