/** On objects whose policy is Restore: their deletion waits until the lists from before are back. */
export const RESTORE_FINALIZER = 'cvmsg.dev/restore';
