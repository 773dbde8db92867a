/** Every declared group exists, and the cloud allows as many on one instance. */
import type { SecurityGroupId } from '../../api/ids.ts';
import { nearestName } from '../../api/nearest-name.ts';
import type { GroupKnowledge, Guard } from '../guard-port.ts';

type GroupNames = Extract<GroupKnowledge, { state: 'known' }>['names'];

export const realGroups: Guard = ({ binding, rules: { groups } }) => {
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
      const missing = sgIds.filter((sgId) => groups.absent.has(sgId));
      const unproven = sgIds.filter((sgId) => !groups.names.has(sgId));
      if (missing.length > 0) {
        return {
          guard: 'real-groups',
          outcome: 'refused',
          reason: 'UnknownGroup',
          message:
            `${missing.map((sgId) => `"${sgId}"${meant(sgId, groups.names)}`).join(', ')}: no such security group in ` +
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
const suggestions = new WeakMap<GroupNames, Map<SecurityGroupId, string>>();

function meant(sgId: SecurityGroupId, names: GroupNames): string {
  let known = suggestions.get(names);
  if (known === undefined) {
    known = new Map();
    suggestions.set(names, known);
  }
  let text = known.get(sgId);
  if (text === undefined) {
    text = suggestion(sgId, names);
    known.set(sgId, text);
  }
  return text;
}

function suggestion(sgId: SecurityGroupId, names: GroupNames): string {
  const nearest = nearestName(sgId, names.keys()) as SecurityGroupId | undefined;
  if (nearest === undefined) return '';
  const name = names.get(nearest);
  return ` (did you mean "${nearest}"${name ? `, named "${name}"` : ''}?)`;
}
