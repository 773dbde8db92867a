/** The resource as the API server and documents name it, and where its objects are. */
export const API_VERSION = 'cvmsg.dev/v1alpha1';
export const KIND = 'CvmSecurityGroupBinding';
export const PLURAL = 'cvmsecuritygroupbindings';

/** The path of the objects of one namespace, or of all. */
export function bindingsPath(namespace?: string): string {
  const within = namespace === undefined ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
  return `/apis/${API_VERSION}${within}/${PLURAL}`;
}

/** The path of one object. */
export function bindingPath({
  namespace,
  name,
}: {
  readonly namespace: string;
  readonly name: string;
}): string {
  return `${bindingsPath(namespace)}/${encodeURIComponent(name)}`;
}

/** On objects whose policy is Restore: their deletion waits until the lists from before are back. */
export const RESTORE_FINALIZER = 'cvmsg.dev/restore';

/** Whether the deletion of an object waits for that. */
export function hasRestoreFinalizer(object: {
  readonly metadata: { readonly finalizers?: readonly string[] };
}): boolean {
  return object.metadata.finalizers?.includes(RESTORE_FINALIZER) ?? false;
}
