/** The fleet as the state knows it now: what is declared, and who owns which instance. */
import type { BindingKey, InstanceId } from '../../api/ids.ts';
import type { Binding } from '../../core/model.ts';
import { DeclarationHistory } from '../../state/declaration-history.ts';
import { DeclarationTable } from '../../state/declaration-table.ts';
import { InventoryTable } from '../../state/inventory-table.ts';
import type { StateFile } from '../../state/state-file.ts';
import type { Present } from './desired-bindings.ts';

export function presentOf({ database }: StateFile): Present {
  const recorded = new DeclarationHistory(database).at(Number.MAX_SAFE_INTEGER);
  // A state of an older cvmsg has only what was declared last.
  const rows = recorded.length > 0 ? recorded : new DeclarationTable(database).all();
  return {
    declared: new Map(rows.map(({ binding, body }) => [binding as BindingKey, JSON.parse(body) as Binding])),
    owners: new InventoryTable(database).owners() as Map<InstanceId, BindingKey>,
  };
}
