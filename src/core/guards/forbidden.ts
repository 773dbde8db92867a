/** No instance may have a forbidden group. */
import type { Guard } from '../guard-port.ts';

export const forbidden: Guard = () => undefined;
