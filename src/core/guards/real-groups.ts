/** Every declared group exists, and the cloud allows as many on one instance. */
import type { SecurityGroupId } from '../../api/ids.ts';
import { nearestName } from '../../api/nearest-name.ts';
import type { GroupKnowledge, Guard } from '../guard-port.ts';
import { mayTellOf } from '../tenant-rights.ts';

type GroupNames = Extract<GroupKnowledge, { state: 'known' }>['names'];

export const realGroups: Guard = ({ binding, rules: { groups, policy } }) => {
  const { sgIds, scope } = binding;
  switch (groups.state) {
    case 'unchecked':
      return undefined;
    case 'unknown':
      return {
        guard: 'real-groups',
        outcome: 'waiting',
        reason: 'GroupsUnverified',
        message: `whether the groups of spec.sgIds exist is not known yet: ${groups.message}`,
      };
    case 'known': {
      const suggested = (sgId: SecurityGroupId) => {
        const nearest = meant(sgId, groups.names);
        if (nearest === undefined || !mayTellOf(policy.tenants, binding, nearest)) return '';
        const name = groups.names.get(nearest);
        return ` (did you mean "${nearest}"${name ? `, named "${name}"` : ''}?)`;
      };
      const missing = sgIds.filter((sgId) => groups.absent.has(sgId));
      const unproven = sgIds.filter((sgId) => !groups.names.has(sgId));
      if (missing.length > 0) {
        return {
          guard: 'real-groups',
          outcome: 'refused',
          reason: 'UnknownGroup',
          message:
            `${missing.map((sgId) => `"${sgId}"${suggested(sgId)}`).join(', ')}: no such security group in ` +
            `${scope.region} (credentials ${scope.account}); correct spec.sgIds, or create the group`,
        };
      }
      if (unproven.length > 0) {
        const ids = unproven.map((sgId) => `"${sgId}"`).join(', ');
        return {
          guard: 'real-groups',
          outcome: 'waiting',
          reason: 'GroupsUnverified',
          message: `${ids}: not among the groups of the region as they were last read; they are read again`,
        };
      }
      if (sgIds.length <= groups.limit) return undefined;
      return {
        guard: 'real-groups',
        outcome: 'refused',
        reason: 'QuotaExceeded',
        message:
          `spec.sgIds has ${sgIds.length} groups, and the cloud allows ${groups.limit} on one instance in ${scope.region} ` +
          `(credentials ${scope.account}); shorten it, or ask the cloud to raise the quota`,
      };
    }
    default:
      return groups satisfies never;
  }
};

/** Suggestions by the names that they come from: a region has thousands of groups, and a fleet asks for each instance. */
const suggestions = new WeakMap<GroupNames, Map<SecurityGroupId, SecurityGroupId | undefined>>();

/** The group that is most probably meant. */
function meant(sgId: SecurityGroupId, names: GroupNames): SecurityGroupId | undefined {
  let known = suggestions.get(names);
  if (known === undefined) {
    known = new Map();
    suggestions.set(names, known);
  }
  if (!known.has(sgId)) known.set(sgId, nearestName(sgId, names.keys()) as SecurityGroupId | undefined);
  return known.get(sgId);
}
