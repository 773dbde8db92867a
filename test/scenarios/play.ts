/** Plays a scenario on a world and says what is not as it must be. */
import { expect } from 'vitest';
import { stringify } from 'yaml';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { until } from '../cli/until.ts';
import { fleetRules } from '../firewall/notation.ts';
import {
  documentOf,
  type Expectation,
  groupId,
  groupIds,
  instanceId,
  letters,
  type Scenario,
  type ScenarioObject,
  type Step,
} from './scenario.ts';

/** An object as its users read it. */
export interface ReportedObject {
  readonly metadata: { readonly name: string };
  readonly status?: {
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly reason: string;
      readonly message: string;
    }[];
    readonly pendingPlans?: readonly { readonly digest: string }[];
    readonly instances?: readonly { readonly instanceId: string; readonly state?: string }[];
    readonly exposure?: readonly { readonly rule: string; readonly instanceCount: number }[];
    readonly groups?: readonly { readonly sgId: string; readonly name?: string }[];
  };
}

/** Where a scenario is played: a directory, or a cluster. */
export interface ScenarioWorld extends AsyncDisposable {
  readonly simulator: Simulator;
  /** Makes these documents what is declared, all of them. */
  declare(documents: ReadonlyMap<string, object>): Promise<void>;
  reported(): Promise<readonly ReportedObject[]>;
  approve(digest: string): Promise<void>;
  /** Runs another command over the same cloud; `{documents}`, `{policy}` and `{out}` stand for folders and a file. */
  cvmsg(args: readonly string[]): Promise<{ readonly code: number | null; readonly output: string }>;
  /** Reasons that were announced of a binding so far. */
  announced(name: string): Promise<readonly string[]>;
  /** Newest first. */
  journal(): readonly { readonly id: number; readonly authority: string }[];
  /** Takes over the documents that a command wrote to `{out}`. */
  declareWritten(): Promise<void>;
}

const HOLD_MS = 3_000;
const LOOK_MS = 100;
const FIGHT_BACK_MS = 300;

export async function play(scenario: Scenario, world: ScenarioWorld): Promise<void> {
  const objects = new Map<string, ScenarioObject>(Object.entries(scenario.objects));
  const fights = new Map<string, readonly string[]>();
  world.simulator.state.onChange(({ instanceId: id, action }) => {
    if (action === 'drift' || !fights.has(id)) return;
    setTimeout(() => {
      const list = fights.get(id);
      if (list !== undefined) world.simulator.state.setList(id, list);
    }, FIGHT_BACK_MS);
  });
  await world.declare(documents(objects));
  for (const [index, step] of scenario.steps.entries()) {
    await perform(step, `step ${index + 1} of "${scenario.title}"`, { world, objects, fights });
  }
  fights.clear();
}

interface Stage {
  readonly world: ScenarioWorld;
  readonly objects: Map<string, ScenarioObject>;
  readonly fights: Map<string, readonly string[]>;
}

async function perform(step: Step, where: string, { world, objects, fights }: Stage): Promise<void> {
  const { state } = world.simulator;
  if ('declare' in step) {
    for (const [name, object] of Object.entries(step.declare)) {
      if (object === null) objects.delete(name);
      else objects.set(name, object);
    }
    return await world.declare(documents(objects));
  }
  if ('drift' in step) {
    for (const [number, list] of Object.entries(step.drift))
      state.setList(instanceId(number), groupIds(list));
    return;
  }
  if ('fight' in step) {
    fights.clear();
    for (const [number, list] of Object.entries(step.fight)) {
      fights.set(instanceId(number), groupIds(list));
      state.setList(instanceId(number), groupIds(list));
    }
    return;
  }
  if ('tag' in step) {
    for (const [number, tags] of Object.entries(step.tag)) state.patch(instanceId(number), { tags });
    return;
  }
  if ('rules' in step) {
    for (const [letter, text] of Object.entries(step.rules)) {
      state.addGroup('ap-guangzhou', { securityGroupId: groupId(letter), ingress: fleetRules(text) });
    }
    return;
  }
  if ('rulesReadable' in step) return letRulesBeRead(world.simulator, step.rulesReadable);
  if ('createGroup' in step) {
    return state.addGroup('ap-guangzhou', { securityGroupId: groupId(step.createGroup) });
  }
  if ('approve' in step) {
    const digest = await until(`${where}: a digest`, async () => {
      const object = (await world.reported()).find(({ metadata }) => metadata.name === step.approve);
      return object?.status?.pendingPlans?.[0]?.digest;
    });
    return await world.approve(digest);
  }
  if ('export' in step) {
    const written = await world.cvmsg(['export', '--region', 'ap-guangzhou', '--all', '--out', '{out}']);
    expect(written.code, `${where}: ${written.output}`).toBe(0);
    const plan = await world.cvmsg(['plan', '{out}']);
    expect(plan.code, `${where}: ${plan.output}`).toBe(0);
    return;
  }
  if ('rollback' in step) {
    const [newest] = world.journal();
    const args = ['rollback', '--to', String((newest?.id ?? 1) - 1), '--write', '{out}'];
    const written = await world.cvmsg(args);
    expect(written.code, `${where}: ${written.output}`).toBe(0);
    return await world.declareWritten();
  }
  if ('hold' in step) {
    const endMs = performance.now() + HOLD_MS;
    await until(`${where} to begin`, async () => (await misses(step.hold, world)).length === 0);
    while (performance.now() < endMs) {
      expect(await misses(step.hold, world), `${where} no longer holds`).toEqual([]);
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
    return;
  }
  let last: readonly string[] = [];
  try {
    await until(where, async () => {
      last = await misses(step.expect, world);
      return last.length === 0;
    });
  } catch (error) {
    expect(last, `${where}: ${error}`).toEqual([]);
  }
}

const RULE_ACTIONS = ['DescribeSecurityGroupPolicies', 'DescribeSecurityGroupPolicys'];

/** Denies the calls that read rules, or not any more. */
export function letRulesBeRead({ faults }: Simulator, readable: boolean): void {
  for (const fault of faults.list()) {
    if (RULE_ACTIONS.includes(fault.action ?? '')) faults.remove(fault.id);
  }
  if (readable) return;
  for (const action of RULE_ACTIONS) faults.add({ kind: 'error', code: 'UnauthorizedOperation', action });
}

/** What is not as it must be, in words. */
async function misses(wanted: Expectation, world: ScenarioWorld): Promise<string[]> {
  const missed: string[] = [];
  const check = (what: string, seen: unknown, must: unknown) => {
    if (JSON.stringify(seen) !== JSON.stringify(must)) {
      missed.push(`${what} is ${JSON.stringify(seen)}, not ${JSON.stringify(must)}`);
    }
  };
  for (const [number, list] of Object.entries(wanted.cloud ?? {})) {
    check(`instance ${number}`, letters(world.simulator.state.list(instanceId(number))), list);
  }
  const reported = new Map((await world.reported()).map((object) => [object.metadata.name, object.status]));
  const conditionsOf = (name: string) => reported.get(name)?.conditions ?? [];
  for (const [name, conditions] of Object.entries(wanted.conditions ?? {})) {
    const seen = conditionsOf(name).map(({ type, status, reason }) => `${type}=${status} ${reason}`);
    for (const one of conditions)
      if (!seen.includes(one)) missed.push(`${name} has ${seen.join(', ')}, not ${one}`);
  }
  for (const [name, words] of Object.entries(wanted.says ?? {})) {
    const ready = conditionsOf(name).find(({ type }) => type === 'Ready')?.message ?? '';
    if (!ready.includes(words)) missed.push(`${name} says "${ready}", not "${words}"`);
  }
  for (const [name, rules] of Object.entries(wanted.exposure ?? {})) {
    const seen = (reported.get(name)?.exposure ?? []).map((one) => [one.rule, one.instanceCount]);
    check(`exposure of ${name}`, Object.fromEntries(seen), rules);
  }
  for (const [name, texts] of Object.entries(wanted.unreported ?? {})) {
    const status = JSON.stringify(reported.get(name) ?? {});
    for (const text of texts) if (status.includes(text)) missed.push(`the status of ${name} tells "${text}"`);
  }
  for (const [name, members] of Object.entries(wanted.members ?? {})) {
    const seen = (reported.get(name)?.instances ?? []).map((one) => one.instanceId).sort();
    check(`members of ${name}`, seen, members.map(instanceId).sort());
  }
  for (const [name, names] of Object.entries(wanted.groupNames ?? {})) {
    check(
      `groups of ${name}`,
      (reported.get(name)?.groups ?? []).map((one) => one.name ?? ''),
      names,
    );
  }
  for (const [name, reason] of Object.entries(wanted.announced ?? {})) {
    const seen = await world.announced(name);
    if (!seen.includes(reason)) missed.push(`of ${name} was announced ${seen.join(', ')}, not ${reason}`);
  }
  if (wanted.plan !== undefined) {
    const { code, output } = await world.cvmsg(['plan', '{documents}']);
    check('the exit code of plan', code, wanted.plan.exit);
    if (!output.includes(wanted.plan.says ?? '')) missed.push(`plan says ${output}, not ${wanted.plan.says}`);
  }
  if (wanted.authority !== undefined) {
    const seen = world.journal().map(({ authority }) => authority);
    if (!seen.some((one) => one.includes(wanted.authority ?? '')))
      missed.push(`the journal has ${seen.join(', ')}`);
  }
  if (wanted.history !== undefined) {
    const { output } = await world.cvmsg(['history']);
    if (!new RegExp(wanted.history).test(output))
      missed.push(`history says ${output}, not ${wanted.history}`);
  }
  return missed;
}

function documents(objects: ReadonlyMap<string, ScenarioObject>): Map<string, object> {
  return new Map([...objects].map(([name, object]) => [name, documentOf(name, object)]));
}

/** A policy file. */
export function policyText(rules: Readonly<Record<string, unknown>>): string {
  return stringify({ apiVersion: 'cvmsg.dev/v1alpha1', kind: 'CvmsgPolicy', ...rules });
}
