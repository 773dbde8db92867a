/** The approval of a plan as a document beside the bindings of a directory. */
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Approval } from '../../api/approval.ts';
import { APPROVAL_KIND } from '../../api/approval-document.ts';
import { CliError } from '../cli-error.ts';

const DIGITS_IN_NAME = 12;

/** Writes the document whole or not at all below the first of the paths that count, and returns its path. @throws CliError when it is there already, or cannot be written. */
export function writeApprovalFile(directory: string, paths: readonly string[], approval: Approval): string {
  const [place] = paths;
  if (place === undefined) {
    throw new CliError(
      'the policy lets no document approve a plan; name a folder in `approvals.paths` of it',
    );
  }
  if (!existsSync(directory)) throw new CliError(`--source: there is no directory "${directory}"`);
  const name = approval.digest.slice('sha256:'.length, 'sha256:'.length + DIGITS_IN_NAME);
  const folder = join(directory, place);
  const path = join(folder, `${name}.yaml`);
  if (existsSync(path)) {
    throw new CliError(`"${path}" approves this plan already; remove it first to approve the plan anew`);
  }
  mkdirSync(folder, { recursive: true });
  const draft = join(folder, `.${name}.yaml.draft`);
  writeFileSync(draft, approvalText(name, approval));
  renameSync(draft, path);
  return path;
}

function approvalText(name: string, { digest, by, at, reason = '' }: Approval): string {
  const why = reason === '' ? '' : `  reason: ${JSON.stringify(reason)}\n`;
  return (
    `apiVersion: cvmsg.dev/v1alpha1\nkind: ${APPROVAL_KIND}\nmetadata:\n  name: plan-${name}\nspec:\n` +
    `  digest: ${digest}\n  approvedBy: ${JSON.stringify(by)}\n  approvedAt: ${JSON.stringify(at)}\n${why}`
  );
}
