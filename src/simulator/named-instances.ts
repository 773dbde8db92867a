/** The instance ids that a call names, for the log and for faults about instances; tolerant, since the call may be malformed. */
export function namedInstances(values: Readonly<Record<string, unknown>>): readonly string[] {
  const ids: string[] = [];
  const { InstanceIds: list, instanceSet: set } = values;
  if (Array.isArray(list))
    for (const id of list as readonly unknown[]) if (typeof id === 'string') ids.push(id);
  if (Array.isArray(set)) {
    for (const item of set as readonly unknown[]) {
      if (typeof item !== 'object' || item === null) continue;
      const { instanceId } = item as Record<string, unknown>;
      if (typeof instanceId === 'string') ids.push(instanceId);
    }
  }
  return ids;
}
