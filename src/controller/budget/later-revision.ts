/** Checks that approvals came in a later revision than what they approve, and says when one did not. */
import { type Approval, approvalText } from '../../api/approval.ts';
import type { InstanceId } from '../../api/ids.ts';
import type { Binding } from '../../core/model.ts';
import type { Source } from '../../ports/source.ts';
import type { Log } from '../../runtime/log.ts';

export interface LaterRevisionOptions {
  readonly sources: readonly Pick<Source, 'broughtIn'>[];
  readonly log: Log;
  /** Without it every approval counts, whenever it came. */
  readonly laterRevision: boolean;
}

/** What would be changed in the name of a binding: an instance, or its members without one. */
export interface BoundInstance {
  readonly instanceId?: InstanceId;
  readonly binding: Binding;
}

export class LaterRevision {
  readonly #options: LaterRevisionOptions;
  /** Approvals of which was told that they came too early. */
  readonly #reported = new Set<string>();

  constructor(options: LaterRevisionOptions) {
    this.#options = options;
  }

  /** Whether an approval came after everything that it approves. In a source without revisions it always did. */
  isAfter({ acceptedIn }: Approval, changes: readonly BoundInstance[]): boolean {
    if (!this.#options.laterRevision || acceptedIn === undefined) return true;
    return changes.every((change) => this.#broughtIn(change) < acceptedIn);
  }

  /** The same, and says once of an approval that it came too early. */
  isAfterOrReported(approval: Approval, changes: readonly BoundInstance[]): boolean {
    if (this.isAfter(approval, changes)) return true;
    const { digest, by, at } = approval;
    const text = approvalText(approval);
    if (this.#reported.has(text)) return false;
    this.#reported.add(text);
    this.#options.log.warn(
      { digest, by, at },
      `the approval of ${digest} came in no later revision than what it approves, so it does not count; publish one that is made after the change`,
    );
    return false;
  }

  #broughtIn({ binding, instanceId }: BoundInstance): number {
    for (const source of this.#options.sources) {
      const number = source.broughtIn(binding, instanceId);
      if (number !== undefined) return number;
    }
    return binding.acceptedIn ?? 0;
  }
}
