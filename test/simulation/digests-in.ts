import { planDigestsIn } from '../../src/api/approval.ts';
import type { BindingVerdict } from '../../src/sinks/port.ts';

/** The digests of plans that a verdict names. */
export function digestsIn({ conditions, instances }: BindingVerdict): string[] {
  return [...conditions, ...instances].flatMap(({ message }) => planDigestsIn(message));
}
