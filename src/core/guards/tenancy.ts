/** Who may name which instances and groups. */
import type { Guard } from '../guard-port.ts';

export const tenancy: Guard = () => undefined;
