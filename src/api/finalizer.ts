/** On objects whose policy is Restore: their deletion waits until the lists from before are back. */
export const RESTORE_FINALIZER = 'cvmsg.dev/restore';

/** Whether the deletion of an object waits for that. */
export function hasRestoreFinalizer(object: {
  readonly metadata: { readonly finalizers?: readonly string[] };
}): boolean {
  return object.metadata.finalizers?.includes(RESTORE_FINALIZER) ?? false;
}
