/** Why a list was written, told by processes that come after others over the same state. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { until } from './until.ts';
import { A, B, bindingText, C, instanceId, Workspace } from './workspace.ts';

describe.concurrent('the cause of a write', () => {
  it.each(['run', 'apply'] as const)(
    'is known over processes: first seen, drift, declared (%s)',
    async (command) => {
      await using workspace = await Workspace.open([
        [B, A],
        [B, A],
      ]);
      const path = join(workspace.bindings, 'web.yaml');
      const declare = (groups: string[]) =>
        writeFileSync(path, bindingText({ instances: [instanceId(0), instanceId(1)], groups }));
      const converge = async (list: string[]) => {
        const program =
          command === 'run'
            ? workspace.start(['run', '--source', workspace.bindings])
            : workspace.start(['apply', workspace.bindings, '--yes']);
        await until('the list', () => workspace.list(0).join() === list.join());
        if (command === 'apply') await program.ended;
        else
          await until('both in sync', () => workspace.journal().every((row) => row.observed !== undefined));
        if (command === 'run') await program.stop();
      };
      declare([A, B]);
      await converge([A, B]);
      workspace.simulator.state.setList(instanceId(0), [C]);
      await converge([A, B]);
      declare([C, A]);
      await converge([C, A]);
      expect(workspace.journal().map(({ cause }) => cause)).toEqual([
        'first-seen',
        'first-seen',
        'drift',
        'declared',
        'declared',
      ]);
    },
  );
});
