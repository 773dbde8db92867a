/** A controller that cannot write its state any more, as on a full disk, as the readers of that state see it. */
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/runtime/clock.ts';
import { HeartbeatTable } from '../../src/store/sqlite/heartbeat-table.ts';
import { openForWriting } from '../../src/store/sqlite/state-file.ts';
import { A, B, bindingText, instanceId, Workspace } from './workspace.ts';

/** A state of bindings in sync whose writer, alive, reported last so long ago. */
async function reported(agoMs: number) {
  const workspace = await Workspace.open([[B, A]]);
  workspace.write('web.yaml', bindingText({ instances: [instanceId(0)], groups: [A, B] }));
  expect((await workspace.start(['apply', workspace.bindings, '--yes']).ended).code).toBe(0);
  const file = openForWriting(workspace.stateDir, { owner: 'cvmsg run', clock: systemClock });
  new HeartbeatTable(file.database).beat({ atMs: systemClock.wall() - agoMs, everyMs: 60_000 });
  const read = async (...args: string[]) => (await workspace.start(args).ended).stdout;
  const close = async () => {
    file.close();
    await workspace[Symbol.asyncDispose]();
  };
  return { read, [Symbol.asyncDispose]: close };
}

describe.concurrent('a writer that has not reported for longer than a sweep', () => {
  it('is told by get, and nothing counts as ready', async () => {
    await using state = await reported(600_000);
    const text = await state.read('get');
    expect(text).toMatch(/^! cvmsg run since .* has not reported for 10m: .* disk is full/);
    expect(text).toMatch(/shop +web +Unknown +1\/1 .*JournalUnavailable/);
    const json = JSON.parse(await state.read('get', '-o', 'json'));
    expect(json.warning).toContain('has not reported');
    expect(json.items[0].status.conditions[0]).toMatchObject({ type: 'Ready', status: 'Unknown' });
    expect((await state.read('get', '--not-ready')).includes('web')).toBe(true);
  });

  it('is told by why, with what was known before', async () => {
    await using state = await reported(600_000);
    const text = await state.read('why', instanceId(0));
    expect(text).toMatch(/state +unknown: cvmsg run since .* has not reported for 10m/);
    expect(text).toMatch(/before that +InSync/);
    expect(JSON.parse(await state.read('why', instanceId(0), '-o', 'json')).warning).toContain(
      'not reported',
    );
  });

  it('is not one that has reported within a sweep', async () => {
    await using state = await reported(30_000);
    expect(await state.read('get')).toMatch(/shop +web +True +1\/1 .*InSync/);
    expect(await state.read('why', instanceId(0))).toMatch(/state +InSync/);
  });
});
