/** The control API under `/_sim/`: looks into the simulated cloud and changes it from outside the vendor's APIs. No I/O here. */
import type { CallRecord } from './calls.ts';
import { CONTROL_HELP } from './control-help.ts';
import {
  CONTROL_PREFIX,
  type ControlRequest,
  type ControlResponse,
  notAllowed,
  notFound,
  parseJson,
  unknownQuery,
  wrong,
} from './control-request.ts';
import { parseFault } from './fault-input.ts';
import type { FleetGroup } from './fleet.ts';
import { fleetEntry, type SimulatedInstance } from './instance.ts';
import { fieldProblem, groupFieldProblem, isMap } from './instance-fields.ts';
import { readRules } from './rule-input.ts';
import type { Simulator } from './simulator.ts';

/** Answers one control request; every refusal is `{"error": "…"}` and changes nothing. */
export function control(simulator: Simulator, request: ControlRequest): ControlResponse {
  const [resource = '', id, ...rest] = request.path.slice(CONTROL_PREFIX.length).split('/').slice(1);
  if (rest.length > 0) return notFound(request);
  switch (resource) {
    case '':
      return request.method === 'GET' ? { status: 200, body: CONTROL_HELP } : notAllowed(request, 'GET');
    case 'instances':
      return id === undefined ? listInstances(simulator, request) : oneInstance(simulator, id, request);
    case 'groups':
      return groupsControl(simulator, id, request);
    case 'faults':
      return id === undefined ? allFaults(simulator, request) : oneFault(simulator, id, request);
    case 'calls':
      return id === undefined ? listCalls(simulator, request) : notFound(request);
    default:
      return notFound(request);
  }
}

function listInstances(simulator: Simulator, request: ControlRequest): ControlResponse {
  if (request.method !== 'GET') return notAllowed(request, 'GET');
  const unknown = unknownQuery(request, ['region']);
  if (unknown !== null) return unknown;
  const region = request.query.get('region');
  const instances = [...simulator.state.instances()].filter((it) => region === null || it.region === region);
  return { status: 200, body: { instances: instances.map(describe) } };
}

function oneInstance(simulator: Simulator, id: string, request: ControlRequest): ControlResponse {
  const instance = simulator.state.instance(id);
  if (instance === undefined)
    return wrong(404, `There is no instance '${id}'; GET ${CONTROL_PREFIX}/instances lists them.`);
  if (request.method === 'GET') return { status: 200, body: describe(instance) };
  if (request.method !== 'PUT') return notAllowed(request, 'GET, PUT');
  const parsed = parseJson(request.body);
  if (!parsed.ok) return wrong(400, parsed.problem);
  if (!isMap(parsed.value)) return wrong(400, 'Expected a JSON object of fields to change.');
  for (const [name, value] of Object.entries(parsed.value)) {
    const problem = fieldProblem(name, value);
    if (problem !== null) return wrong(400, problem);
  }
  const { securityGroupIds, ...fields } = parsed.value;
  const list = securityGroupIds as readonly string[] | undefined;
  const known = new Set(simulator.state.groupIds(instance.region));
  const missing = list?.find((group) => !known.has(group));
  if (missing !== undefined) return wrong(400, `The region '${instance.region}' has no group '${missing}'.`);
  simulator.state.patch(id, fields);
  if (list !== undefined) simulator.state.setList(id, list);
  return { status: 200, body: describe(instance) };
}

function allFaults(simulator: Simulator, request: ControlRequest): ControlResponse {
  switch (request.method) {
    case 'GET':
      return { status: 200, body: { faults: simulator.faults.list() } };
    case 'DELETE':
      simulator.faults.clear();
      return { status: 200, body: { faults: [] } };
    case 'POST': {
      const parsed = parseJson(request.body);
      if (!parsed.ok) return wrong(400, parsed.problem);
      const fault = parseFault(parsed.value);
      return fault.ok ? { status: 201, body: simulator.faults.add(fault.spec) } : wrong(400, fault.problem);
    }
    default:
      return notAllowed(request, 'GET, POST, DELETE');
  }
}

function oneFault(simulator: Simulator, id: string, request: ControlRequest): ControlResponse {
  if (request.method !== 'DELETE') return notAllowed(request, 'DELETE');
  if (!simulator.faults.remove(id)) {
    return wrong(404, `There is no fault '${id}'; GET ${CONTROL_PREFIX}/faults lists them.`);
  }
  return { status: 200, body: { faults: simulator.faults.list() } };
}

function listCalls(simulator: Simulator, request: ControlRequest): ControlResponse {
  if (request.method !== 'GET') return notAllowed(request, 'GET');
  const unknown = unknownQuery(request, ['action', 'limit']);
  if (unknown !== null) return unknown;
  const limit = request.query.get('limit');
  if (limit !== null && !/^\d{1,6}$/.test(limit))
    return wrong(400, `Expected 'limit' to be a whole number, got '${limit}'.`);
  const action = request.query.get('action');
  const entries = simulator.calls.entries().filter((call) => action === null || call.action === action);
  const kept = limit === null ? entries : entries.slice(Math.max(entries.length - Number(limit), 0));
  const { throttled, dropped } = simulator.calls;
  return {
    status: 200,
    body: { counts: simulator.calls.counts(), throttled, dropped, calls: kept.map(describeCall) },
  };
}

function describe(instance: SimulatedInstance): unknown {
  return { region: instance.region, ...fleetEntry(instance) };
}

function describeCall({ timeMs, ...call }: CallRecord): unknown {
  return { time: new Date(timeMs).toISOString(), ...call };
}

// Security groups in the control API: all of them, one, and what its rules are.

interface Found {
  readonly region: string;
  readonly group: FleetGroup;
}

function groupsControl(
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
      ? { status: 200, body: { groups: found.map(describeGroups) } }
      : notAllowed(request, 'GET');
  }
  const [one, ...others] = found.filter(({ group }) => group.securityGroupId === id);
  if (one === undefined)
    return wrong(404, `There is no group '${id}'; GET ${CONTROL_PREFIX}/groups lists them.`);
  if (others.length > 0)
    return wrong(400, `Several regions have a group '${id}'; add ?region=${one.region}.`);
  if (request.method === 'GET') return { status: 200, body: describeGroups(one) };
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
  return { status: 200, body: describeGroups({ region, group: changed }) };
}

function describeGroups({ region, group }: Found): unknown {
  return { region, ...group };
}
