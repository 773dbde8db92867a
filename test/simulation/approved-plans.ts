/** Which plans were truly approved, and what exactly they may change. */
import { createHash } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import type { ApprovalStore, HeldApproval } from '../../src/ports/store.ts';
import type { EngineKnowledge } from './engine-knowledge.ts';

interface Plan {
  readonly heldMs: number;
  readonly everyBinding: boolean;
  /** By instance: `from > to`. */
  readonly changes: ReadonlyMap<string, string>;
}

export interface ApprovedWrite {
  readonly instanceId: string;
  /** What the journal says let it pass. */
  readonly authority: string;
  readonly before: string;
  readonly after: string;
  /** The annotations of the documents that it may be for. */
  readonly annotations: readonly string[];
  /** The names of those documents. */
  readonly names: readonly string[];
}

export class ApprovedPlans {
  readonly #knowledge: EngineKnowledge;
  readonly #violate: (what: string) => void;
  readonly #plans = new Map<string, Plan>();
  readonly #database: DatabaseSync;

  constructor(
    knowledge: EngineKnowledge,
    { database, violate }: { database: DatabaseSync; violate: (what: string) => void },
  ) {
    this.#knowledge = knowledge;
    this.#database = database;
    this.#violate = violate;
  }

  /** Stands before the store of approvals, to see what the engine holds for approved. */
  watch(store: ApprovalStore): ApprovalStore {
    return {
      approvals: () => store.approvals(),
      dropApproval: (held) => store.dropApproval(held),
      holdApproval: (held) => {
        if (held.changes.size > 0) this.#held(held);
        store.holdApproval(held);
      },
    };
  }

  /** What is wrong with a write that passed for an approval; undefined when nothing. */
  breach({ instanceId, authority, before, after, annotations, names }: ApprovedWrite): string | undefined {
    const [, digest = '', by = ''] = /approved (sha256:[0-9a-f]{64})(?: by ([^\s;]+))?/.exec(authority) ?? [];
    const plan = this.#plans.get(digest);
    if (plan === undefined) return `is written for ${digest}, which nobody approved`;
    if (plan.changes.get(instanceId) !== `${before} > ${after}`)
      return `is written from [${before}] to [${after}] for ${digest}, which does not say so`;
    if (!plan.everyBinding && !annotations.some((one) => one.startsWith(digest)))
      return `is written for ${digest}, which was approved for other bindings`;
    const given = this.#knowledge.approvals.filter((one) => one.digest === digest && one.by === by);
    if (given.length === 0)
      return `is written for ${digest}, and the journal names "${by}", who did not approve it`;
    const broughtIn = Math.min(...names.map((name) => this.#knowledge.broughtIn(name)));
    if (!given.some(({ readIn }) => readIn > broughtIn))
      return `is written for ${digest}, which was approved in no later revision than the one that brought it`;
    if (this.#wasMade(instanceId, digest, plan))
      return `is written again for ${digest}, and it was changed for it already`;
    return undefined;
  }

  /** Whether the journal tells of an earlier write of the same change that was read back. */
  #wasMade(instanceId: string, digest: string, { heldMs }: Plan): boolean {
    const made = this.#database
      .prepare(
        `SELECT 1 FROM journal WHERE instance_id = ? AND instr(authority, ?) > 0 AND intended_ms >= ?
         AND verified_ms IS NOT NULL AND observed = after AND outcome IN ('accepted', 'settled-applied') LIMIT 1`,
      )
      .get(instanceId, digest, heldMs);
    return made !== undefined;
  }

  #held({ digest, scope, changes, everyBinding, heldMs }: HeldApproval): void {
    const lines = [...changes].map(
      ([id, { from, to }]) => `${scope} ${id} ${from.join(',')} > ${to.join(',')}\n`,
    );
    const text = lines.sort().join('');
    const own = `sha256:${createHash('sha256').update(text).digest('hex')}`;
    if (own !== digest) this.#violate(`the digest ${digest} is held to be that of another plan:\n${text}`);
    const given = this.#knowledge.approvals.filter((one) => one.digest === digest);
    if (given.length === 0) this.#violate(`${digest} is held to be approved, and nobody approved it`);
    if (everyBinding && !given.some((one) => one.document === undefined))
      this.#violate(`${digest} is held to be approved for every binding, and it was only for some`);
    const texts = [...changes].map(
      ([id, { from, to }]) => [id, `${from.join(' ')} > ${to.join(' ')}`] as const,
    );
    this.#plans.set(digest, { heldMs, everyBinding, changes: new Map(texts) });
  }
}
