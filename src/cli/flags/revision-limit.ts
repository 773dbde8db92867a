/** The flag of the commands that read a directory as one revision. */
import { wholeNumber } from './flag.ts';

const MIB = 1024 * 1024;

export const MAX_REVISION_MIB = wholeNumber({
  description: 'most MiB that the YAML files of one revision may have together',
  min: 1,
  fallback: 32,
});

/** What the flag says, in bytes. */
export function revisionBytes({ maxRevisionMib }: { readonly maxRevisionMib: number }): number {
  return maxRevisionMib * MIB;
}
