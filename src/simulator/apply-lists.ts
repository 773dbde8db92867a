/** The one way in which API actions change lists: checks as production makes them, then changes, all at once or partly on purpose. */
import { isInstanceId, isSecurityGroupId } from '../api/ids.ts';
import type { ActionContext } from './action.ts';
import {
  type Failure,
  groupNotFound,
  instanceNotFound,
  invalidParameter,
  partlyExecuted,
  stateForbids,
} from './failures.ts';
import { stateObstacle } from './instance.ts';

export interface ListWrite {
  readonly instanceId: string;
  readonly list: readonly string[];
}

/** Replaces the lists of all named instances, or says why not. Only a partial fault leaves some of them changed after a failure. */
export function applyLists(context: ActionContext, writes: readonly ListWrite[]): Failure | null {
  const refused = checkLists(context, writes) ?? checkInstances(context, writes);
  if (refused !== null) return refused;
  const leftOut = context.partial === null ? new Set<string>() : drawLeftOut(context, writes);
  const { account, action, requestId, staleReadsMs } = context;
  for (const { instanceId, list } of writes) {
    if (leftOut.has(instanceId)) continue;
    const failed = isIneffective(context, instanceId);
    if (failed || context.state.instance(instanceId)?.latestOperationState === 'FAILED') {
      noteOperation(context, instanceId, failed);
    }
    if (!failed) context.state.setList(instanceId, list, { account, action, requestId, staleReadsMs });
  }
  return context.partial === null ? null : partlyExecuted([...leftOut]);
}

function isIneffective({ ineffective }: ActionContext, instanceId: string): boolean {
  if (ineffective === null) return false;
  return ineffective.instanceIds.length === 0 || ineffective.instanceIds.includes(instanceId);
}

/** What became of the operation that was accepted last. */
function noteOperation(context: ActionContext, instanceId: string, failed: boolean): void {
  const { state, action, requestId, ineffective } = context;
  state.patch(instanceId, {
    latestOperation: action,
    latestOperationState: failed ? 'FAILED' : 'SUCCESS',
    latestOperationRequestId: requestId,
    latestOperationErrorMsg: failed ? (ineffective?.message ?? '') : '',
  });
}

function checkLists(context: ActionContext, writes: readonly ListWrite[]): Failure | null {
  const missing = new Set<string>();
  for (const { instanceId, list } of writes) {
    if (list.length === 0) {
      return invalidParameter(
        'InvalidParameterValue.NotEmpty',
        `The security group list of \`${instanceId}\` is empty.`,
      );
    }
    const malformed = list.find((id) => !isSecurityGroupId(id));
    if (malformed !== undefined) {
      return invalidParameter(
        'InvalidSgId.Malformed',
        `The security group id \`${malformed}\` is malformed.`,
      );
    }
    if (new Set(list).size < list.length) {
      return invalidParameter(
        'InvalidParameterValue.Duplicate',
        `The security group list of \`${instanceId}\` holds duplicates.`,
      );
    }
    for (const id of list) if (!context.state.hasGroup(id, context.account, context.region)) missing.add(id);
  }
  if (missing.size > 0) return groupNotFound([...missing]);
  const tooLong = writes.find(({ list }) => list.length > context.groupsPerInstance);
  if (tooLong === undefined) return null;
  return invalidParameter(
    'LimitExceeded.AssociateUSGLimitExceeded',
    `The instance \`${tooLong.instanceId}\` can be associated with \`${context.groupsPerInstance}\` security groups at most.`,
  );
}

/** Names, existence and state of the instances. */
function checkInstances(context: ActionContext, writes: readonly ListWrite[]): Failure | null {
  const missing: string[] = [];
  for (const { instanceId } of writes) {
    if (context.state.find(instanceId, context.account, context.region) === undefined)
      missing.push(instanceId);
  }
  if (missing.length > 0) return instanceNotFound(missing);
  for (const { instanceId } of writes) {
    const instance = context.state.find(instanceId, context.account, context.region);
    const obstacle = instance === undefined ? null : stateObstacle(instance);
    if (obstacle !== null) return stateForbids(obstacle.code, instanceId, obstacle.state);
  }
  return null;
}

/** Ids as a batch may name them: at least one, at most `max`, well formed, each once. */
export function checkInstanceIds(ids: readonly string[], max: number): Failure | null {
  if (ids.length === 0) return invalidParameter('InvalidParameterValue.NotEmpty', 'No instance is given.');
  if (ids.length > max) {
    return invalidParameter(
      'InvalidParameterValue.LimitExceeded',
      `The number of instances is \`${ids.length}\`, which exceeds the limit \`${max}\`.`,
    );
  }
  const malformed = ids.find((id) => !isInstanceId(id));
  if (malformed !== undefined) {
    return invalidParameter('InvalidInstanceId.Malformed', `The instance id \`${malformed}\` is malformed.`);
  }
  if (new Set(ids).size < ids.length) {
    return invalidParameter('InvalidParameterValue.Duplicate', 'An instance is given more than once.');
  }
  return null;
}

/** Some of the instances, at least one, and never all of several. */
function drawLeftOut(context: ActionContext, writes: readonly ListWrite[]): ReadonlySet<string> {
  const ids = writes.map((write) => write.instanceId);
  const named = context.partial?.leftOut.filter((id) => ids.includes(id)) ?? [];
  if (named.length > 0) return new Set(named);
  const leftOut = new Set(ids.filter(() => context.random.next() < 0.5));
  const [first] = ids;
  if (first !== undefined && leftOut.size === 0) leftOut.add(first);
  if (first !== undefined && ids.length > 1 && leftOut.size === ids.length) leftOut.delete(first);
  return leftOut;
}
