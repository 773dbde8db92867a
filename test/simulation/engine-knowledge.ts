/** What the engine can know: the revision that it read last, the tags and groups that the cloud told it, and when. */
import type { SecurityGroup } from '../../src/cloud/port.ts';
import type { ObservedInstance } from '../../src/core/model.ts';
import type { Approved, Commit } from './commit.ts';
import { goneInDoubt, type InForce, type ModelDocument } from './model-revision.ts';
import type { Tags } from './policy-rules.ts';

/** A read that a write overlaps is not believed, so an older one may be what counts. */
const REMEMBERED_READS = 3;

export class EngineKnowledge {
  /** By name, the form in force. */
  documents: ReadonlyMap<string, InForce> = new Map();
  /** Every form that was ever in force, newest last. */
  readonly everyForm: InForce[] = [];
  /** Every approval that it ever read. */
  readonly approvals: Approved[] = [];
  readonly #tags = new Map<string, Tags[]>();
  /** The same over all lives of the engine: an owner that is remembered need not be read again. */
  readonly #everyTags = new Map<string, Tags[]>();
  /** By region, when the reading began that told the groups as they are known. */
  readonly #catalogMs = new Map<string, number>();

  /** It has read a revision: what is broken in it keeps its older form. */
  read({ documents, approvals }: Commit): void {
    const next = new Map<string, InForce>();
    for (const document of documents) {
      const form = document.broken === undefined ? document : this.documents.get(document.name);
      if (form === undefined) continue;
      next.set(document.name, form);
      if (!this.everyForm.includes(form)) this.everyForm.push(form);
      if (form.approvedPlan !== undefined) this.approvals.push(annotated(form));
    }
    for (const name of goneInDoubt(documents, this.documents.keys())) {
      const form = this.documents.get(name);
      if (form !== undefined) next.set(name, form);
    }
    this.documents = next;
    this.approvals.push(...approvals);
  }

  described(instances: readonly ObservedInstance[]): void {
    for (const { instanceId, tags = {} } of instances) {
      const known = this.#tags.get(instanceId) ?? [];
      known.push(tags);
      this.#tags.set(instanceId, known.slice(-REMEMBERED_READS));
      const ever = [...(this.#everyTags.get(instanceId) ?? []), tags];
      this.#everyTags.set(instanceId, ever.slice(-REMEMBERED_READS));
    }
  }

  /** Tags that an instance may be taken to have. */
  tags(instanceId: string): readonly Tags[] {
    return this.#tags.get(instanceId) ?? [];
  }

  /** Tags that an instance may be remembered with. */
  rememberedTags(instanceId: string): readonly Tags[] {
    return this.#everyTags.get(instanceId) ?? [];
  }

  catalogRead(region: string, page: readonly SecurityGroup[], atMs: number): void {
    if (page.length > 0) this.#catalogMs.set(region, atMs);
  }

  catalogMs(region: string): number | undefined {
    return this.#catalogMs.get(region);
  }

  /** The process has ended. */
  forget(): void {
    this.#tags.clear();
    this.#catalogMs.clear();
  }
}

function annotated({ approvedPlan = '', name }: Pick<ModelDocument, 'approvedPlan' | 'name'>): Approved {
  const [, digest = '', by = '', at = ''] = /^(\S+) by (\S+) at (\S+)$/.exec(approvedPlan) ?? [];
  return { digest, by, at, document: name };
}
