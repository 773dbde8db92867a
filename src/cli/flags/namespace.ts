/** The namespace that documents are written with. */
import { CliError } from '../cli-error.ts';

const NAME = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/;

/** @throws CliError for a text that no namespace can have. */
export function checkNamespace(namespace: string | undefined): void {
  if (namespace === undefined || NAME.test(namespace)) return;
  throw new CliError(
    `--namespace: Expected lower-case letters, digits and "-", at most 63, got "${namespace}"`,
  );
}
