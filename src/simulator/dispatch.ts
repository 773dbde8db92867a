/** From a verified call to the action that serves it. */
import type { ActionContext, ActionHandler, ActionSpec } from './action.ts';
import type { ApiCall } from './api-call.ts';
import {
  invalidParameter,
  missingParameter,
  type Outcome,
  refuse,
  unknownAction,
  unknownRegion,
} from './failures.ts';
import type { Machine } from './machine.ts';
import { isFinanceRegion, longRegion } from './regions.ts';
import { assumeRoleWithWebIdentity } from './sts.ts';
import { describeSecurityGroupPolicys } from './v2/describe-security-group-policys.ts';
import { modifySecurityGroupsOfInstance } from './v2/modify-security-groups-of-instance.ts';
import { describeInstancesOfSecurityGroup, describeSecurityGroupEx } from './v2/security-groups.ts';
import { associateSecurityGroups, disassociateSecurityGroups } from './v3/associate-security-groups.ts';
import { describeDisks } from './v3/describe-disks.ts';
import { describeImages } from './v3/describe-images.ts';
import { describeInstances } from './v3/describe-instances.ts';
import { describeInstancesAttributes } from './v3/describe-instances-attributes.ts';
import { describeResourceTagsByResourceIds } from './v3/describe-resource-tags.ts';
import { describeSecurityGroupPolicies } from './v3/describe-security-group-policies.ts';
import { describeSecurityGroupReferences } from './v3/describe-security-group-references.ts';
import { modifyInstancesAttribute } from './v3/modify-instances-attribute.ts';
import { checkParameters } from './v3/parameters.ts';
import { describeSecurityGroupLimits, describeSecurityGroups } from './v3/security-groups.ts';
import { TEMPLATE_LISTINGS } from './v3/template-listings.ts';

/** What a call is served with beyond itself. */
export type ServeContext = Pick<
  ActionContext,
  'account' | 'requestId' | 'staleReadsMs' | 'partial' | 'ineffective'
>;

const DFW_ACTIONS: ReadonlyMap<string, ActionHandler> = new Map([
  ['ModifySecurityGroupsOfInstance', modifySecurityGroupsOfInstance],
  ['DescribeSecurityGroupEx', describeSecurityGroupEx],
  ['DescribeInstancesOfSecurityGroup', describeInstancesOfSecurityGroup],
  ['DescribeSecurityGroupPolicys', describeSecurityGroupPolicys],
]);

/** The 3.0-style actions that the 2.0 host of CVM serves when `Version` is given. */
const VERSIONED_ON_V2: ReadonlyMap<string, ActionSpec> = new Map([
  ['DescribeInstances', describeInstances],
  ['ModifyInstancesAttribute', modifyInstancesAttribute],
  ['AssociateSecurityGroups', associateSecurityGroups],
  ['DisassociateSecurityGroups', disassociateSecurityGroups],
]);

export class Dispatcher {
  readonly #machine: Machine;
  readonly #v3Actions: ReadonlyMap<string, ActionSpec>;

  constructor(machine: Machine) {
    this.#machine = machine;
    this.#v3Actions = new Map([
      ['DescribeInstances', describeInstances],
      ['ModifyInstancesAttribute', modifyInstancesAttribute],
      ['AssociateSecurityGroups', associateSecurityGroups],
      ['DisassociateSecurityGroups', disassociateSecurityGroups],
      ['DescribeImages', describeImages],
      ['DescribeInstancesAttributes', describeInstancesAttributes],
      ['DescribeDisks', describeDisks],
      ['DescribeResourceTagsByResourceIds', describeResourceTagsByResourceIds],
      ['DescribeSecurityGroups', describeSecurityGroups],
      ['DescribeSecurityGroupLimits', describeSecurityGroupLimits],
      ['DescribeSecurityGroupPolicies', describeSecurityGroupPolicies],
      ['DescribeSecurityGroupReferences', describeSecurityGroupReferences],
      ...TEMPLATE_LISTINGS,
      ['AssumeRoleWithWebIdentity', assumeRoleWithWebIdentity(machine)],
    ]);
  }

  dispatch(call: ApiCall, serve: ServeContext): Outcome {
    if (call.envelope === 'v3') return this.#versioned(call, serve);
    const handler = DFW_ACTIONS.get(call.action);
    // The vendor serves each module on its own host; an address that is not the vendor's serves them all.
    if (handler === undefined || (call.service !== '' && call.service !== 'dfw')) {
      return refuse(unknownAction(call.action));
    }
    const region = this.#region(call);
    return region.ok ? handler(this.#context(call, serve, region.value)) : region;
  }

  #versioned(call: ApiCall, serve: ServeContext): Outcome {
    const spec = (call.api === 'v2' ? VERSIONED_ON_V2 : this.#v3Actions).get(call.action);
    if (spec === undefined || (call.service !== '' && call.service !== spec.service)) {
      return refuse(unknownAction(call.action));
    }
    if (call.version !== spec.version) {
      const message = `The API version \`${call.version}\` does not exist.`;
      return refuse(invalidParameter('NoSuchVersion', message));
    }
    const region = spec.service === 'sts' ? { ok: true as const, value: '' } : this.#region(call);
    if (!region.ok) return region;
    const checked = checkParameters(spec, call.params);
    if (!checked.ok) return refuse(checked.failure);
    const context = this.#context(call, serve, region.value);
    return spec.run({ ...context, params: { ...call.params, values: checked.values } });
  }

  /** The long code. Only API 2.0 takes short ones. */
  #region(call: ApiCall): { readonly ok: true; readonly value: string } | Extract<Outcome, { ok: false }> {
    if (call.region === '') return refuse(missingParameter(call.api === 'v2' ? 'Region' : 'X-TC-Region'));
    const region = call.api === 'v2' ? longRegion(call.region) : call.region;
    return this.#machine.state.hasRegion(region) && knowsRegion(call, region)
      ? { ok: true, value: region }
      : refuse(unknownRegion(call.region));
  }

  #context(call: ApiCall, serve: ServeContext, region: string): ActionContext {
    const { state, random, groupsPerInstance } = this.#machine;
    return { ...serve, state, random, groupsPerInstance, region, action: call.action, params: call.params };
  }
}

/** Whether the vendor's host that was asked serves the region: API 3.0 serves a finance region at its own hosts alone. */
function knowsRegion({ api, service, financeRegion }: ApiCall, region: string): boolean {
  if (api === 'v2' || service === '') return true;
  return financeRegion === (isFinanceRegion(region) ? region : '');
}
