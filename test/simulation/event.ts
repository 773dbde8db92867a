import type { World } from './world.ts';

/** Something that happens to a world. */
export type Event = (world: World) => void;

/** Events with their shares: how often each comes, beside the others. */
export type Events = readonly (readonly [share: number, event: Event])[];
