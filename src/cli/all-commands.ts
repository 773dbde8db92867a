/** Every command, in the order of `--help`. */
import { apply } from './apply/command.ts';
import { approve } from './approve/command.ts';
import type { CommandSpec } from './command.ts';
import { completion } from './completion/command.ts';
import { demo } from './demo/command.ts';
import { diff } from './diff/command.ts';
import { exportCommand } from './export/command.ts';
import { get } from './get/command.ts';
import { history } from './history/command.ts';
import { importCommand } from './import/command.ts';
import { lint } from './lint/command.ts';
import { notify } from './notify/command.ts';
import { plan } from './plan/command.ts';
import { reconcile } from './reconcile/command.ts';
import { report } from './report/command.ts';
import { rollback } from './rollback/command.ts';
import { run } from './run/command.ts';
import { schema } from './schema/command.ts';
import { simulate } from './simulate/command.ts';
import { traffic } from './traffic/command.ts';
import { validate } from './validate/command.ts';
import { why } from './why/command.ts';

// biome-ignore lint/suspicious/noExplicitAny: each command checks its own flags; the list holds them side by side.
export const COMMANDS: readonly CommandSpec<any>[] = [
  run,
  validate,
  lint,
  plan,
  apply,
  approve,
  get,
  why,
  traffic,
  history,
  report,
  diff,
  rollback,
  reconcile,
  notify,
  exportCommand,
  importCommand,
  simulate,
  demo,
  schema,
  completion,
];
