/** Security groups in the control API: all of them, one, and what its rules are. */
import {
  CONTROL_PREFIX,
  type ControlRequest,
  type ControlResponse,
  notAllowed,
  parseJson,
  unknownQuery,
  wrong,
} from './control-request.ts';
import type { FleetGroup } from './fleet.ts';
import { groupFieldProblem, isMap } from './instance-fields.ts';
import { readRules } from './rule-input.ts';
import type { Simulator } from './simulator.ts';

interface Found {
  readonly region: string;
  readonly group: FleetGroup;
}

export function groupsControl(
  simulator: Simulator,
  id: string | undefined,
  request: ControlRequest,
): ControlResponse {
  const unknown = unknownQuery(request, ['region']);
  if (unknown !== null) return unknown;
  const region = request.query.get('region');
  const found = simulator.state.allGroups().filter((it) => region === null || it.region === region);
  if (id === undefined) {
    return request.method === 'GET'
      ? { status: 200, body: { groups: found.map(describe) } }
      : notAllowed(request, 'GET');
  }
  const [one, ...others] = found.filter(({ group }) => group.securityGroupId === id);
  if (one === undefined)
    return wrong(404, `There is no group '${id}'; GET ${CONTROL_PREFIX}/groups lists them.`);
  if (others.length > 0)
    return wrong(400, `Several regions have a group '${id}'; add ?region=${one.region}.`);
  if (request.method === 'GET') return { status: 200, body: describe(one) };
  return request.method === 'PUT' ? change(simulator, one, request) : notAllowed(request, 'GET, PUT');
}

/** Replaces the fields that are given. Rules that are given count as changed, whatever they are. */
function change({ state }: Simulator, { region, group }: Found, request: ControlRequest): ControlResponse {
  const parsed = parseJson(request.body);
  if (!parsed.ok) return wrong(400, parsed.problem);
  if (!isMap(parsed.value)) return wrong(400, 'Expected a JSON object of fields to change.');
  for (const [name, value] of Object.entries(parsed.value)) {
    const problem = groupFieldProblem(name, value);
    if (problem !== null) return wrong(400, problem);
  }
  const fields: Record<string, unknown> = { ...parsed.value };
  const known = { groupIds: state.groupIds(region), templates: state.templates(region) };
  for (const direction of ['ingress', 'egress']) {
    if (fields[direction] === undefined) continue;
    const read = readRules(fields[direction] as readonly unknown[], known);
    if (!read.ok) return wrong(400, `${[direction, ...read.at.path].join('.')}: ${read.at.problem}`);
    fields[direction] = read.value;
    fields.rulesVersion = parsed.value.rulesVersion ?? (group.rulesVersion ?? 0) + 1;
  }
  const changed: FleetGroup = { ...group, ...fields };
  state.addGroup(region, changed);
  return { status: 200, body: describe({ region, group: changed }) };
}

function describe({ region, group }: Found): unknown {
  return { region, ...group };
}
