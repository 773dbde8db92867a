/** What let a write pass a guard, and where something was declared, for people. */
import { type Permit, permitText } from '../../api/permit.ts';
import { quote } from '../../api/problem.ts';
import type { Origin } from '../model.ts';
import { visible } from './visible.ts';
import { shortRevision } from './words.ts';

/**
 * Such as `approved by alice (as the document says) at …, plan sha256:…, because "…"`. Only a name that the API server has
 * compared with whoever asked stands without a word of who tells it.
 */
export function authorityText(permit: Permit): string {
  const { approvedBy, emergency } = permit;
  if (approvedBy === undefined) return visible(permitText(permit));
  const { digest, by, at, reason } = approvedBy;
  const who = by === '' ? 'somebody' : by;
  const why = reason === undefined ? '' : `, because ${quote(reason)}`;
  const others = emergency === undefined ? '' : `; ${permitText({ emergency })}`;
  return visible(`approved by ${who}${tellerText(permit)} at ${at}, plan ${digest}${why}${others}`);
}

function tellerText({ approvedBy, command }: Permit): string {
  // Whoever runs a command approves it with their own account there.
  if (command !== undefined) return ` (${command} --plan)`;
  const saidBy = approvedBy?.saidBy;
  switch (saidBy) {
    case 'server':
      return '';
    case 'object':
      return ' (as the object says)';
    case undefined:
      return ' (as the document says)';
    default:
      return saidBy satisfies never;
  }
}

// Where something was declared, as people read it.

/** `web.yaml:3 at 1a2b3c`, or `object, generation 4`. */
export function originText(origin: Origin): string {
  if (origin.kind === 'kubernetes') return `object, generation ${origin.generation}`;
  return `${origin.file}:${origin.line} at ${shortRevision(origin.revision)}`;
}
