/** Gathers instances that have the identical ordered list, so that one binding declares them. Pure: the same instances give the same bindings. */
import { createHash } from 'node:crypto';
import type { InstanceId } from '../../api/ids.ts';
import type { GroupList } from '../../core/model.ts';

/** An instance as it is to be declared. */
export interface FoundInstance {
  readonly instanceId: InstanceId;
  /** Long name. */
  readonly region: string;
  /** At least one. */
  readonly sgIds: GroupList;
}

export interface GroupedBinding {
  /** Made from the list alone, so that it stays while members come and go. */
  readonly name: string;
  readonly region: string;
  /** Sorted. */
  readonly instanceIds: readonly InstanceId[];
  readonly sgIds: GroupList;
}

/** Most instances that one binding may name. */
export const MAX_INSTANCES = 1_000;
/** Most groups that one binding may name. */
export const MAX_GROUPS = 50;
const DIGEST_LENGTH = 10;

/** The bindings that declare `instances`, each once, sorted by name. */
export function groupByList(instances: readonly FoundInstance[]): readonly GroupedBinding[] {
  const groups = new Map<string, FoundInstance[]>();
  for (const instance of instances) {
    const key = [instance.region, ...instance.sgIds].join('\n');
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [instance]);
    else group.push(instance);
  }
  const bindings = [...groups].flatMap(([key, members]) => {
    const [{ region, sgIds } = { region: '', sgIds: [] }] = members;
    const base = `${sgIds[0]}-${sgIds.length}-${digest(key).slice(0, DIGEST_LENGTH)}`;
    const ids = members.map(({ instanceId }) => instanceId).sort();
    return parts(ids, '').map(({ suffix, ids: some }) => ({
      name: suffix === '' ? base : `${base}-${suffix}`,
      region,
      instanceIds: some,
      sgIds,
    }));
  });
  return bindings.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/**
 * Cuts a long list of ids in halves until each part fits. The half of an id comes from its digest, so an instance
 * that comes or goes changes its own part alone and moves no other.
 */
function parts(
  ids: readonly InstanceId[],
  suffix: string,
): readonly { readonly suffix: string; readonly ids: readonly InstanceId[] }[] {
  if (ids.length <= MAX_INSTANCES) return ids.length === 0 ? [] : [{ suffix, ids }];
  const half = (bit: string) => ids.filter((id) => bitOf(id, suffix.length) === bit);
  return ['0', '1'].flatMap((bit) => parts(half(bit), suffix + bit));
}

function bitOf(id: string, index: number): string {
  const nibble = Number.parseInt(digest(id).charAt(Math.floor(index / 4)), 16);
  return String((nibble >> (3 - (index % 4))) & 1);
}

function digest(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}
