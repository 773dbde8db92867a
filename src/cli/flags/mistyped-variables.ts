/** Finds variables that look like a slip: one that is ignored could send writes to another cloud than was meant. */
import { nearestName } from '../../api/nearest-name.ts';

const PREFIX = 'CVMSG_';

/** A warning for each variable that is not known and near to one that is. */
export function mistypedVariables(
  env: Readonly<Record<string, string | undefined>>,
  known: readonly string[],
): string[] {
  const names = new Set(known);
  const ends = known.map((name) => name.slice(PREFIX.length));
  return Object.keys(env).flatMap((name) => {
    if (!name.startsWith(PREFIX) || names.has(name)) return [];
    const nearest = nearestName(name.slice(PREFIX.length), ends);
    return nearest === undefined
      ? []
      : [`${name} means nothing to cvmsg and is ignored; did you mean ${PREFIX}${nearest}?`];
  });
}
