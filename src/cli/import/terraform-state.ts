/**
 * Reads the instances of a Terraform state, version 4 (also OpenTofu's): resources of type `tencentcloud_instance`, in
 * every module, of `count` and `for_each`. The provider keeps the ordered list in `orderly_security_groups`;
 * `security_groups` is a set, so it tells no order. Resources of other types that set groups too are named.
 *
 * A state holds secrets: no value leaves this file but ids, regions and addresses, and those only in their right form.
 */
import { type InstanceId, isInstanceId, isSecurityGroupId, type SecurityGroupId } from '../../api/ids.ts';
import { type FoundInstance, MAX_GROUPS } from '../export/group-by-list.ts';
import type { JsonPath } from './json-location.ts';

export interface StateProblem {
  /** `unordered`: more than one group, and nothing tells their order. */
  readonly kind: 'malformed' | 'unordered';
  /** Completes "path: …". */
  readonly message: string;
  readonly path: JsonPath;
  readonly address: string;
  readonly instanceId?: InstanceId;
}

/** A resource of another type that sets groups too. */
export interface OtherSetter {
  readonly address: string;
  readonly type: string;
  readonly instanceIds: readonly InstanceId[];
}

export interface StateReading {
  readonly found: readonly FoundInstance[];
  /** Instances that Terraform is about to replace. */
  readonly tainted: readonly { readonly instanceId: InstanceId; readonly address: string }[];
  readonly others: readonly OtherSetter[];
  /** Instances without any group. */
  readonly groupless: readonly InstanceId[];
  readonly problems: readonly StateProblem[];
  /** What Terraform calls this state, wherever it is kept. */
  readonly lineage?: string;
}

const TYPE = 'tencentcloud_instance';
/** A number of like instances, which have a set of groups. */
export const INSTANCE_SET = 'tencentcloud_instance_set';
/** By type: the attribute that names the instances. */
const OTHER_TYPES: Readonly<Record<string, string>> = {
  [INSTANCE_SET]: 'instance_ids',
  tencentcloud_cvm_security_group_attachment: 'instance_id',
};
const ZONE = /^([a-z]+(?:-[a-z0-9]+)*)-\d+$/;

/** What one entry of `instances` says. */
type Entry =
  | {
      readonly outcome: 'found';
      readonly instance: FoundInstance;
      readonly path: JsonPath;
      readonly address: string;
      readonly isTainted: boolean;
    }
  | { readonly outcome: 'other'; readonly other: OtherSetter }
  | { readonly outcome: 'groupless'; readonly instanceId: InstanceId }
  | { readonly outcome: 'problem'; readonly problem: StateProblem };

/** Reads a parsed state. */
export function readState(state: unknown): StateReading {
  const wrong = whatElse(state);
  if (wrong !== undefined || !isFields(state)) {
    return { found: [], tainted: [], others: [], groupless: [], problems: [malformed(wrong ?? '', [])] };
  }
  const entries = rowsOf(state, 'resources', []).flatMap(({ row, path, problem }) => {
    if (problem !== undefined) return [{ outcome: 'problem' as const, problem }];
    const type = String(row.type);
    if (!(type === TYPE || Object.hasOwn(OTHER_TYPES, type)) || row.mode !== 'managed') return [];
    return rowsOf(row, 'instances', path).flatMap((one): Entry[] => {
      if (one.problem !== undefined) return [{ outcome: 'problem', problem: one.problem }];
      // A deposed object waits for its destruction; its successor stands beside it.
      if (one.row.deposed !== undefined) return [];
      const address = addressOf(row, one.row);
      return [type === TYPE ? readEntry(one.row, one.path, address) : readOther(type, one, address)];
    });
  });
  return { ...gather(entries), ...(typeof state.lineage === 'string' && { lineage: state.lineage }) };
}

function gather(entries: readonly Entry[]): StateReading {
  const found = new Map<InstanceId, FoundInstance>();
  const tainted: StateReading['tainted'][number][] = [];
  const others: OtherSetter[] = [];
  const groupless: InstanceId[] = [];
  const problems: StateProblem[] = [];
  for (const entry of entries) {
    if (entry.outcome === 'problem') problems.push(entry.problem);
    else if (entry.outcome === 'groupless') groupless.push(entry.instanceId);
    else if (entry.outcome === 'other') others.push(entry.other);
    else {
      const { instance, path, address, isTainted } = entry;
      if (isTainted) tainted.push({ instanceId: instance.instanceId, address });
      const known = found.get(instance.instanceId);
      if (known === undefined) found.set(instance.instanceId, instance);
      else if (String(known.sgIds) !== String(instance.sgIds) || known.region !== instance.region) {
        const { instanceId } = instance;
        const message = `instance "${instanceId}" stands in this state twice, with different groups; refresh it (terraform apply -refresh-only)`;
        problems.push({ ...malformed(message, path), address, instanceId });
      }
    }
  }
  return { found: [...found.values()], tainted, others, groupless, problems };
}

/** What is wrong with the file as a whole. */
function whatElse(state: unknown): string | undefined {
  const pull = 'give the state itself, as `terraform state pull` prints it';
  if (!isFields(state)) return `Expected an object, got something else; ${pull}`;
  if (state.version === 4) return undefined;
  if (state.format_version !== undefined) return `this is the output of \`terraform show -json\`; ${pull}`;
  if (state.encrypted_data !== undefined)
    return `this state is encrypted; ${pull.replace('terraform', 'tofu')}`;
  const version = typeof state.version === 'number' ? `got ${state.version}` : 'which is missing';
  return `Expected "version" to be 4, ${version}; ${pull}, with Terraform 0.12 or later`;
}

interface Row {
  readonly row: Fields;
  readonly path: JsonPath;
  readonly problem?: StateProblem;
}

function rowsOf(parent: Fields, name: string, at: JsonPath): readonly Row[] {
  const rows = parent[name];
  const path = [...at, name];
  if (!Array.isArray(rows)) return [{ row: {}, path, problem: malformed('Expected a list', path) }];
  return (rows as readonly unknown[]).map((row, index) => {
    const here = [...path, index];
    return isFields(row)
      ? { row, path: here }
      : { row: {}, path: here, problem: malformed('Expected an object', here) };
  });
}

function readEntry(entry: Fields, path: JsonPath, address: string): Entry {
  const attributes = attributesOf(entry, path);
  const at = attributes?.at ?? [...path, 'attributes'];
  const problem = (message: string, where: JsonPath, more: Partial<StateProblem> = {}): Entry => ({
    outcome: 'problem',
    problem: { ...malformed(message, where), address, ...more },
  });
  if (attributes === undefined) return problem('Expected an object', at);
  const id = attributes.field('id');
  const zone = attributes.field('availability_zone');
  if (typeof id !== 'string' || !isInstanceId(id)) {
    return problem('Expected an instance id such as ins-4q118hl2', [...at, 'id']);
  }
  const region = typeof zone === 'string' ? ZONE.exec(zone)?.[1] : undefined;
  if (region === undefined) {
    return problem('Expected a zone such as ap-guangzhou-3', [...at, 'availability_zone'], {
      instanceId: id,
    });
  }
  const ordered = readGroups(attributes, 'orderly_security_groups');
  if (ordered === undefined) {
    return problem(
      'Expected a list of group ids, each once',
      [...at, attributes.listKey('orderly_security_groups')],
      {
        instanceId: id,
      },
    );
  }
  const found = (sgIds: readonly SecurityGroupId[]): Entry => ({
    outcome: 'found',
    instance: { instanceId: id, region, sgIds },
    path: at,
    address,
    isTainted: entry.status === 'tainted',
  });
  if (ordered.length > MAX_GROUPS) {
    const message = `Expected at most ${MAX_GROUPS} groups, which a binding takes`;
    return problem(message, [...at, attributes.listKey('orderly_security_groups')], { instanceId: id });
  }
  if (ordered.length > 0) return found(ordered);
  const set = readGroups(attributes, 'security_groups');
  if (set === undefined) {
    return problem(
      'Expected a list of group ids, each once',
      [...at, attributes.listKey('security_groups')],
      { instanceId: id },
    );
  }
  if (set.length === 0) return { outcome: 'groupless', instanceId: id };
  if (set.length === 1) return found(set);
  const message = `instance "${id}" has ${set.length} groups in a set, which has no order, and no orderly_security_groups`;
  return problem(message, [...at, attributes.listKey('security_groups')], {
    kind: 'unordered',
    instanceId: id,
  });
}

function readGroups(attributes: Attributes, name: string): readonly SecurityGroupId[] | undefined {
  const values = attributes.list(name);
  const ids = values?.filter((id) => typeof id === 'string').filter(isSecurityGroupId);
  return ids?.length === values?.length && new Set(ids).size === ids?.length ? ids : undefined;
}

function readOther(type: string, { row, path }: Row, address: string): Entry {
  const attributes = attributesOf(row, path);
  const named = OTHER_TYPES[type] ?? '';
  const ids = [attributes?.field(named), ...(attributes?.list(named) ?? [])];
  const instanceIds = ids.filter((id) => typeof id === 'string').filter(isInstanceId);
  return { outcome: 'other', other: { type, address, instanceIds } };
}

function malformed(message: string, path: JsonPath): StateProblem {
  return { kind: 'malformed', message, path, address: '' };
}

/**
 * The name by which Terraform's users know an instance: `module.shop.tencentcloud_instance.web["a"]`. Parts that are no
 * names in a state of Terraform are left out.
 */
function addressOf(resource: Fields, entry: Fields): string {
  const { module, type, name } = resource;
  const key = entry.index_key;
  const parts = [module, type, name].filter((part) => typeof part === 'string').map(shown);
  const index = typeof key === 'number' || typeof key === 'string' ? `[${JSON.stringify(key)}]` : '';
  return parts.join('.') + shown(index);
}

/** Without what could steer a terminal. */
function shown(text: string): string {
  return text.replaceAll(/\p{C}+/gu, ' ');
}

// The attributes of one entry of a Terraform state, however they are kept.

type Fields = Readonly<Record<string, unknown>>;

/** Undefined in {@link list}: what stands there is no list. */
interface Attributes {
  /** Where they stand in the entry. */
  readonly at: JsonPath;
  field(name: string): unknown;
  /** Empty when the provider left it out. */
  list(name: string): readonly unknown[] | undefined;
  /** Where a list stands below {@link at}. */
  listKey(name: string): string;
}

/** Undefined when the entry has none. */
function attributesOf(entry: Fields, path: JsonPath): Attributes | undefined {
  const { attributes, attributes_flat: flat } = entry;
  if (isFields(attributes)) return nested(attributes, [...path, 'attributes']);
  // What no provider has read since Terraform 0.11.
  return attributes === undefined && isFields(flat)
    ? flattened(flat, [...path, 'attributes_flat'])
    : undefined;
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function nested(fields: Fields, at: JsonPath): Attributes {
  return {
    at,
    field: (name) => fields[name],
    list(name) {
      const value = fields[name];
      if (value === undefined || value === null) return [];
      return Array.isArray(value) ? value : undefined;
    },
    listKey: (name) => name,
  };
}

/** `name.#` is the length of a list or set; its entries are `name.0`, `name.1`, … in a list, `name.<hash>` in a set. */
function flattened(fields: Fields, at: JsonPath): Attributes {
  return {
    at,
    field: (name) => fields[name],
    list(name) {
      const keys = Object.keys(fields).flatMap((key) => {
        const index = key.startsWith(`${name}.`) ? key.slice(name.length + 1) : '';
        return /^\d+$/.test(index) ? [Number(index)] : [];
      });
      const { [`${name}.#`]: length = '0' } = fields;
      if (String(length) !== String(keys.length)) return undefined;
      return keys.sort((a, b) => a - b).map((index) => fields[`${name}.${index}`]);
    },
    listKey: (name) => `${name}.#`,
  };
}
