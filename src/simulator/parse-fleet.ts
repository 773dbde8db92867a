import { type Document, isSeq, isMap as isYamlMap, LineCounter, type Node, parseDocument } from 'yaml';
import { isInstanceId, isSecurityGroupId } from '../api/ids.ts';
import { messageOf } from '../api/message-of.ts';
import {
  DEFAULT_ACCOUNT,
  type Fleet,
  type FleetGroup,
  type FleetInstance,
  type FleetRegion,
} from './fleet.ts';
import { fieldProblem, groupFieldProblem, isMap } from './instance-fields.ts';
import { longRegion } from './regions.ts';
import { type Referable, readRules, readTemplates, TEMPLATE_LISTS } from './rule-input.ts';

type Path = readonly (string | number)[];
type Fail = (path: Path, message: string) => never;

/**
 * Reads a fleet file:
 * `regions: {ap-guangzhou: {securityGroups: [sg-…], instances: [{instanceId, securityGroupIds: [..], tags, vpcId, state, …}]}}`,
 * rules and templates where they matter, and `accounts: [name, …]` where there are several.
 * @throws FleetFileError at the first thing that is wrong, with file, line and column.
 */
export function parseFleet(yamlText: string, file = 'fleet.yaml'): Fleet {
  const lines = new LineCounter();
  const document = parseDocument(yamlText, { lineCounter: lines, version: '1.2' });
  const place = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const [error] = document.errors;
  if (error !== undefined) throw new FleetFileError(error.message.split('\n')[0] ?? '', place(error.pos[0]));
  const fail: Fail = (path, message) => {
    throw new FleetFileError(message, place(offsetOf(document.contents, path)));
  };
  const root = toPlain(document, fail);
  if (!isMap(root)) return fail([], 'Expected a map with `regions`.');
  onlyFields(root, ['accounts', 'regions'], { path: [], fail });
  const accounts = readAccounts(root.accounts, fail);
  if (!isMap(root.regions) || Object.keys(root.regions).length === 0) {
    return fail(
      ['regions'],
      'Expected `regions` to be a map with at least one region, such as `ap-guangzhou`.',
    );
  }
  const seen = new Set<string>();
  const regions: Record<string, FleetRegion> = {};
  for (const [name, value] of Object.entries(root.regions)) {
    const region = longRegion(name);
    if (!/^[a-z0-9-]+$/.test(name))
      fail(['regions', name], `Expected a region such as ap-guangzhou, got '${name}'.`);
    if (Object.hasOwn(regions, region)) fail(['regions', name], `The region '${region}' is given twice.`);
    regions[region] = readRegion(value, { path: ['regions', name], fail, accounts, seen });
  }
  return { accounts, regions };
}

function toPlain(document: Document, fail: Fail): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    return fail([], messageOf(error));
  }
}

interface Reading {
  readonly path: Path;
  readonly fail: Fail;
}

interface RegionReading extends Reading {
  readonly accounts: readonly string[];
  /** The instance ids met so far, in all regions. */
  readonly seen: Set<string>;
}

function readAccounts(value: unknown, fail: Fail): readonly string[] {
  if (value === undefined) return [DEFAULT_ACCOUNT];
  if (
    !Array.isArray(value) ||
    value.length === 0 ||
    !value.every((name) => typeof name === 'string' && name !== '')
  ) {
    return fail(['accounts'], 'Expected `accounts` to be a list of names.');
  }
  if (new Set(value).size < value.length)
    return fail(['accounts'], 'Expected `accounts` to name each account once.');
  return value as string[];
}

function readRegion(value: unknown, reading: RegionReading): FleetRegion {
  const { path, fail } = reading;
  if (!isMap(value))
    return fail(path, 'Expected a region to be a map with `securityGroups` and `instances`.');
  onlyFields(value, ['securityGroups', 'instances', ...TEMPLATE_LISTS], reading);
  const { securityGroups: groupList = [], instances: instanceList = [] } = value;
  if (!Array.isArray(groupList))
    return fail([...path, 'securityGroups'], 'Expected a list of security groups.');
  if (!Array.isArray(instanceList)) return fail([...path, 'instances'], 'Expected a list of instances.');
  const groups = new Map<string, FleetGroup>();
  for (const [index, item] of (groupList as readonly unknown[]).entries()) {
    const here = { ...reading, path: [...path, 'securityGroups', index] };
    const group = readGroup(item, here);
    if (groups.has(group.securityGroupId))
      fail(here.path, `The group '${group.securityGroupId}' is listed twice.`);
    groups.set(group.securityGroupId, group);
  }
  const templates = readTemplates(value);
  if (!templates.ok) return fail([...path, ...templates.at.path], templates.at.problem);
  const known = { groupIds: [...groups.keys()], templates: templates.value };
  const securityGroups = [...groups.values()].map((group, index) =>
    withRules(group, known, { ...reading, path: [...path, 'securityGroups', index] }),
  );
  const instances = (instanceList as readonly unknown[]).map((item, index) =>
    readInstance(item, groups, { ...reading, path: [...path, 'instances', index] }),
  );
  return { securityGroups, instances, ...templates.value };
}

function readGroup(value: unknown, reading: RegionReading): FleetGroup {
  const { path, fail } = reading;
  const group = typeof value === 'string' ? { securityGroupId: value } : value;
  if (!isMap(group)) return fail(path, 'Expected a security group id, or a map with `securityGroupId`.');
  const { securityGroupId, account, ...fields } = group;
  if (typeof securityGroupId !== 'string' || !isSecurityGroupId(securityGroupId)) {
    return fail(
      path,
      `Expected a security group id such as sg-1sdj39df, got ${JSON.stringify(securityGroupId)}.`,
    );
  }
  for (const [name, field] of Object.entries(fields)) {
    const problem = groupFieldProblem(name, field);
    if (problem !== null) fail([...path, name], problem);
  }
  checkAccount(account, reading);
  return group as unknown as FleetGroup;
}

/** The group with its rules as they were judged. */
function withRules(group: FleetGroup, known: Referable, { path, fail }: Reading): FleetGroup {
  const lists = (['ingress', 'egress'] as const).flatMap((direction) => {
    const rules = group[direction];
    if (rules === undefined) return [];
    const read = readRules(rules, known);
    return [[direction, read.ok ? read.value : fail([...path, direction, ...read.at.path], read.at.problem)]];
  });
  return { ...group, ...Object.fromEntries(lists) };
}

function readInstance(
  value: unknown,
  groups: ReadonlyMap<string, FleetGroup>,
  reading: RegionReading,
): FleetInstance {
  const { path, fail, seen } = reading;
  if (!isMap(value))
    return fail(path, 'Expected an instance to be a map with `instanceId` and `securityGroupIds`.');
  const { instanceId, account, ...fields } = value;
  if (typeof instanceId !== 'string' || !isInstanceId(instanceId)) {
    const got = JSON.stringify(instanceId) ?? 'nothing';
    return fail([...path, 'instanceId'], `Expected an instance id such as ins-4q118hl2, got ${got}.`);
  }
  if (seen.has(instanceId)) fail([...path, 'instanceId'], `The instance '${instanceId}' is listed twice.`);
  seen.add(instanceId);
  checkAccount(account, reading);
  if (fields.securityGroupIds === undefined) {
    fail(path, `The instance '${instanceId}' needs \`securityGroupIds\`.`);
  }
  for (const [name, field] of Object.entries(fields)) {
    const problem = fieldProblem(name, field);
    if (problem !== null) fail([...path, name], problem);
  }
  for (const [index, id] of (fields.securityGroupIds as readonly string[]).entries()) {
    if (!groups.has(id)) {
      fail(
        [...path, 'securityGroupIds', index],
        `The region has no group '${id}'; add it to its \`securityGroups\`.`,
      );
    }
  }
  return value as unknown as FleetInstance;
}

function checkAccount(account: unknown, { path, fail, accounts }: RegionReading): void {
  if (account === undefined || accounts.includes(account as string)) return;
  fail(
    [...path, 'account'],
    `Expected \`account\` to be one of ${accounts.join(', ')}, got ${JSON.stringify(account)}.`,
  );
}

function onlyFields(
  value: Readonly<Record<string, unknown>>,
  known: readonly string[],
  reading: Reading,
): void {
  const unknown = Object.keys(value).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  reading.fail([...reading.path, unknown], `Unknown field '${unknown}'; the fields are ${known.join(', ')}.`);
}

/** Where the node at `path` starts, or the closest ancestor that exists. For a map entry that is its key. */
function offsetOf(contents: Node | null, path: Path): number {
  let offset = contents?.range?.[0] ?? 0;
  let node: unknown = contents;
  for (const part of path) {
    if (isYamlMap(node)) {
      const pair = node.items.find((item) => String(item.key) === String(part));
      if (pair === undefined) return offset;
      offset = (pair.key as Node | null)?.range?.[0] ?? offset;
      node = pair.value;
      continue;
    }
    if (!isSeq(node)) return offset;
    node = node.items[Number(part)];
    offset = (node as Node | undefined)?.range?.[0] ?? offset;
  }
  return offset;
}

/** A fleet file that cannot be used; the message starts with `file:line:column`. */
class FleetFileError extends Error {
  override readonly name = 'FleetFileError';
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  /** 1-based. */
  readonly column: number;

  constructor(message: string, place: { file: string; line: number; column: number }) {
    super(`${place.file}:${place.line}:${place.column}: ${message}`);
    this.file = place.file;
    this.line = place.line;
    this.column = place.column;
  }
}
