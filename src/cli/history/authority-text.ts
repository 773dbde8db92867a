/** What let a write pass a guard, for people. */
import { type Approval, readAuthority } from '../../api/approval.ts';
import { quote } from '../../api/fault.ts';
import { visible } from '../output/visible.ts';

/**
 * Such as `approved by alice (as the document says) at …, plan sha256:…, because "…"`. Only a name that the API server has
 * compared with whoever asked stands without a word of who tells it.
 */
export function authorityText(authority: string): string {
  const read = readAuthority(authority);
  if (read === undefined) return visible(authority);
  const { approval, rest } = read;
  const { digest, by, at, reason } = approval;
  const who = by === '' ? 'somebody' : by;
  const why = reason === undefined ? '' : `, because ${quote(reason)}`;
  const [, command, others = ''] = /^( \([a-z -]+\))?(.*)$/s.exec(rest) ?? [];
  // Whoever runs a command approves it with their own account there.
  const teller = command ?? tellerText(approval);
  return visible(`approved by ${who}${teller} at ${at}, plan ${digest}${why}${others}`);
}

function tellerText({ toldBy }: Approval): string {
  switch (toldBy) {
    case 'server':
      return '';
    case 'object':
      return ' (as the object says)';
    case undefined:
      return ' (as the document says)';
    default:
      return toldBy satisfies never;
  }
}
