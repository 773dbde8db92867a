/** A failure that the user can mend: printed as one sentence without a stack, then exit code 1. */
export class CliError extends Error {
  override readonly name = 'CliError';
}
