/** Every command, in the order of `--help`. */
import { apply } from './apply.ts';
import { approve } from './approve.ts';
import type { CommandSpec } from './command.ts';
import { completion } from './completion.ts';
import { demo } from './demo.ts';
import { diff } from './diff.ts';
import { exportCommand } from './export.ts';
import { get } from './get.ts';
import { history } from './history.ts';
import { importCommand } from './import.ts';
import { plan } from './plan.ts';
import { reconcile } from './reconcile.ts';
import { rollback } from './rollback.ts';
import { run } from './run.ts';
import { simulate } from './simulate.ts';
import { validate } from './validate.ts';
import { why } from './why.ts';

// biome-ignore lint/suspicious/noExplicitAny: each command checks its own flags; the list holds them side by side.
export const COMMANDS: readonly CommandSpec<any>[] = [
  run,
  validate,
  plan,
  apply,
  approve,
  get,
  why,
  history,
  diff,
  rollback,
  reconcile,
  exportCommand,
  importCommand,
  simulate,
  demo,
  completion,
];
