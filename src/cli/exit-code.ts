/** What the program's exit codes mean; the same for every command, and printed by `--help`. */

export const EXIT = {
  /** Done, in sync, nothing to do. */
  ok: 0,
  /** An error: a wrong flag, an invalid document, a cloud that cannot be reached. */
  error: 1,
  /** `plan` found changes, `diff` differences, or `lint` something in vain; what `traffic` was asked about is not allowed for certain, or changes. */
  changes: 2,
  /** A guard refused a change; what it did not refuse was done. */
  refused: 3,
  /** `apply` or `rollback` ended and some instances have not converged. */
  notConverged: 4,
  /** Interrupted by Ctrl-C or a second signal. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export const EXIT_CODE_HELP = `Exit codes:
  0    done, in sync, nothing to do
  1    an error: a wrong flag, an invalid document, a cloud that cannot be reached
  2    plan, diff: there are changes
       lint: there are warnings
       traffic: refused, or it depends on what nobody has read; with --list-after: something opens or closes
  3    plan, apply, rollback: a guard refused a change; what it did not refuse was done
  4    apply, rollback: some instances have not converged
  130  interrupted`;
