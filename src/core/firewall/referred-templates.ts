/** Which listings of templates rules refer to. */
import { DIRECTIONS, type GroupRules, type TemplateKind } from './rules.ts';

/** Groups of templates name their members by id, so the listings of those are in it as well. */
export function referredKinds(groups: Iterable<GroupRules>): TemplateKind[] {
  const kinds = new Set<TemplateKind>();
  for (const group of groups) {
    if ('unreadable' in group) continue;
    for (const { addressTemplate = '', serviceTemplate = '' } of DIRECTIONS.flatMap((one) => group[one])) {
      if (addressTemplate !== '') kinds.add('addressTemplates');
      if (addressTemplate.startsWith('ipmg-')) kinds.add('addressTemplateGroups');
      if (serviceTemplate !== '') kinds.add('serviceTemplates');
      if (serviceTemplate.startsWith('ppmg-')) kinds.add('serviceTemplateGroups');
    }
  }
  return [...kinds];
}
