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

  it('stays as it is in a plan for programs', async () => {
    await using workspace = await open();
    const { stdout } = await workspace.run(['plan', workspace.bindings, '-o', 'json']);
    expect(JSON.parse(stdout)).toMatchObject({ groups: { [A]: EVIL }, rows: [{ instanceName: EVIL }] });
  });
});
