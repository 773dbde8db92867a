/** Where something was declared, as people read it. */
import type { Origin } from '../model.ts';
import { shortRevision } from './words.ts';

/** `web.yaml:3 at 1a2b3c`, or `object, generation 4`. */
export function originText(origin: Origin): string {
  if (origin.kind === 'kubernetes') return `object, generation ${origin.generation}`;
  return `${origin.file}:${origin.line} at ${shortRevision(origin.revision)}`;
}
