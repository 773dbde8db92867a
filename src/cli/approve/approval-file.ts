/** The approval of a plan as a document beside the bindings of a directory. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Approval } from '../../api/approval.ts';
import { messageOf } from '../../api/message-of.ts';
import { APPROVAL_KIND } from '../../documents/approval-document.ts';
import { findBelow, writeFileBelow } from '../../runtime/file-draft.ts';
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
  const file = join(place, `${name}.yaml`);
  const path = join(directory, file);
  try {
    if (findBelow(directory, file) === undefined) {
      writeFileBelow(directory, file, approvalText(name, approval));
      return path;
    }
  } catch (error) {
    throw new CliError(`--source: the approval cannot be written: ${messageOf(error)}`);
  }
  throw new CliError(`"${path}" approves this plan already; remove it first to approve the plan anew`);
}

function approvalText(name: string, { digest, by, at, reason = '' }: Approval): string {
  const why = reason === '' ? '' : `  reason: ${JSON.stringify(reason)}\n`;
  return (
    `apiVersion: cvmsg.dev/v1alpha1\nkind: ${APPROVAL_KIND}\nmetadata:\n  name: plan-${name}\nspec:\n` +
    `  digest: ${digest}\n  approvedBy: ${JSON.stringify(by)}\n  approvedAt: ${JSON.stringify(at)}\n${why}`
  );
}
