/** Every instance keeps the groups that the policy demands, in their place. */
import type { Guard } from '../guard-port.ts';

export const mustKeep: Guard = () => undefined;
