/** What a declaration names, and with whose scopes it is counted. */
import { quote } from '../../api/problem.ts';
import type { Tenancy } from '../../core/tenancy.ts';
import type { Declarer } from '../../core/tenant-rights.ts';
import type { WantedScope } from './scope-demand.ts';

export function wantedScope(
  tenancy: Pick<Tenancy, 'turnOf' | 'hasTenants'>,
  declarer: Declarer,
  scope: string,
): WantedScope {
  const turn = tenancy.turnOf(declarer);
  const { origin, namespace } = declarer;
  if (origin.kind !== 'directory') return { scope, turn, counted: `namespace ${quote(namespace)}` };
  // Anybody may write any namespace into a file.
  if (!tenancy.hasTenants) return { scope, turn, counted: undefined };
  return { scope, turn, counted: turn === '' ? 'what is of no tenant' : `tenant ${quote(turn)}` };
}
