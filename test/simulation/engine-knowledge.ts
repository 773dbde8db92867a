/** What the engine can know: the revision that it read last, the tags and groups that the cloud told it, and when. */

import type { ObservedInstance } from '../../src/core/model.ts';
import type { SecurityGroup } from '../../src/ports/cloud.ts';
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
  /** Every approval that it ever read, with the number of the revision that had it first. */
  readonly approvals: (Approved & { readonly readIn: number })[] = [];
  #commit: Commit | undefined;
  #count = 0;
  /** By name, the number of the revision that brought what a document asks for. */
  readonly #broughtIn = new Map<string, number>();
  readonly #tags = new Map<string, Tags[]>();
  /** The same over all lives of the engine: an owner that is remembered need not be read again. */
  readonly #everyTags = new Map<string, Tags[]>();
  /** By region, when the reading began that told the groups as they are known. */
  readonly #catalogMs = new Map<string, number>();

  /** It has read a revision: what is broken in it keeps its older form. */
  read(commit: Commit): void {
    // A new process reads what is there once more.
    if (commit !== this.#commit) this.#count++;
    const { documents, approvals } = commit;
    const standing = this.#commit?.approvals ?? [];
    this.#commit = commit;
    const next = new Map<string, InForce>();
    for (const document of documents) {
      const form = document.broken === undefined ? document : this.documents.get(document.name);
      if (form === undefined) continue;
      next.set(document.name, form);
      if (!this.everyForm.includes(form)) this.everyForm.push(form);
      const before = this.documents.get(document.name);
      if (demandText(before) !== demandText(form)) this.#broughtIn.set(form.name, this.#count);
      if (form.approvedPlan !== undefined && form.approvedPlan !== before?.approvedPlan)
        this.#approve(annotated(form));
    }
    for (const name of goneInDoubt(documents, this.documents.keys())) {
      const form = this.documents.get(name);
      if (form !== undefined) next.set(name, form);
    }
    this.documents = next;
    const known = new Set(standing.map(approvalKey));
    for (const one of approvals) if (!known.has(approvalKey(one))) this.#approve(one);
  }

  #approve(approved: Approved): void {
    this.approvals.push({ ...approved, readIn: this.#count });
  }

  /** The number of the revision that brought what a document asks for; 0 for one that was never read. */
  broughtIn(name: string): number {
    return this.#broughtIn.get(name) ?? 0;
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

function approvalKey({ digest, by, at }: Approved): string {
  return `${digest} ${by} ${at}`;
}

/** What a document asks of its instances, as a comparable text. */
function demandText(form: InForce | undefined): string {
  const { emergencyUntilMs: _, approvedPlan: __, ...demand } = form ?? ({} as InForce);
  return JSON.stringify(demand);
}

function annotated({ approvedPlan = '', name }: Pick<ModelDocument, 'approvedPlan' | 'name'>): Approved {
  const [, digest = '', by = '', at = ''] = /^(\S+) by (\S+) at (\S+)$/.exec(approvedPlan) ?? [];
  return { digest, by, at, document: name };
}
