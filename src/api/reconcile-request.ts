/** Requests to read a binding's instances at once, made by a new value of an annotation. */

/** The annotation of this project. */
export const RECONCILE_ANNOTATION = 'cvmsg.dev/reconcile-requested-at';
/** The one that Flux's tools set. */
export const FLUX_RECONCILE_ANNOTATION = 'reconcile.fluxcd.io/requestedAt';
/** Longest value that is echoed in the status. */
export const LONGEST_REQUEST = 256;

/** The newest request among the annotations: the later of the two when both are times, else our own; undefined when there is none. */
export function reconcileRequest(annotations: Readonly<Record<string, string>> = {}): string | undefined {
  const own = requestOf(annotations[RECONCILE_ANNOTATION]);
  const flux = requestOf(annotations[FLUX_RECONCILE_ANNOTATION]);
  if (own === undefined || flux === undefined) return own ?? flux;
  return Date.parse(flux) > Date.parse(own) ? flux : own;
}

function requestOf(value: string | undefined): string | undefined {
  return value === undefined || value === '' ? undefined : value.slice(0, LONGEST_REQUEST);
}
