/** What a policy promises, checked at every write that leaves the engine and at every one that arrives. */

import { isReadable } from '../../src/core/model.ts';
import type { ExposureRule, Policy } from '../../src/core/policy.ts';
import type { CloudClient, GroupListWrite } from '../../src/ports/cloud.ts';
import type { BindingStatus } from '../../src/ports/status.ts';
import type { ListChange } from '../../src/simulator/state.ts';
import { ApprovedPlans } from './approved-plans.ts';
import { BlastBudget } from './blast-budget.ts';
import type { Commit } from './commit.ts';
import { EngineKnowledge } from './engine-knowledge.ts';
import { ExposurePromise } from './exposure-promise.ts';
import { ForeignWriters } from './foreign-writers.ts';
import { GroupLives } from './group-lives.ts';
import { documentKey, type InForce } from './model-revision.ts';
import { concerns, mayName, staticBreach, windowBreach } from './policy-rules.ts';
import type { World } from './world.ts';

/** A catalog counts as fresh for this long, and reading it again takes a moment. */
const CATALOG_MS = 300_000;
/** Longer than any call may take. */
const LONGEST_CALL_MS = 60_000;

interface Sent {
  readonly list: string;
  readonly atMs: number;
  readonly approved: boolean;
  readonly binding: string;
  /** It closes what somebody has opened although a rule forbids it: no budget holds it back. */
  readonly urgent: boolean;
}

export class GuardPromises {
  readonly knowledge = new EngineKnowledge();
  readonly plans: ApprovedPlans;
  readonly fights: ForeignWriters;
  readonly groups: GroupLives;
  /** What the rules of exposure promise; absent in a world without any. */
  readonly exposure: ExposurePromise | undefined;
  readonly #world: World;
  readonly #budget: BlastBudget | undefined;
  readonly #sent = new Map<string, Sent[]>();
  /** The engine may have begun to run without windows. */
  policy: Policy;

  /** @param traffic what becomes of changes whose effect cannot be told. */
  constructor(world: World, policy: Policy, traffic: 'auto' | 'require') {
    this.#world = world;
    this.policy = policy;
    const violate = (what: string) => world.invariants.violate(what);
    this.plans = new ApprovedPlans(this.knowledge, { database: world.database, violate });
    this.fights = new ForeignWriters(world, policy.fights, violate);
    this.groups = new GroupLives(world);
    this.exposure = policy.exposure.length > 0 ? new ExposurePromise(world, traffic) : undefined;
    this.#budget = policy.blastRadius && new BlastBudget(policy.blastRadius);
  }

  /** The engine has read a revision. */
  read(commit: Commit): void {
    const before = this.knowledge.documents;
    this.knowledge.read(commit);
    for (const [name, document] of this.knowledge.documents) {
      if (!sameDemand(before.get(name), document)) this.fights.anew(this.#world.members(document));
    }
    this.declared();
  }

  /** What the engine may count as its instances has changed. */
  declared(): void {
    const counted = new Map<string, Set<string>>();
    for (const document of this.knowledge.documents.values()) {
      const whose = this.#whose(document.region, documentKey(document));
      const instances = counted.get(whose) ?? new Set<string>();
      counted.set(whose, instances);
      if (document.mode === 'Observe' || document.suspend) continue;
      for (const id of this.#world.members(document)) {
        const instance = this.#world.simulator.state.instance(id);
        if (instance?.region !== document.region) continue;
        const subject = { instanceId: id, region: document.region, tags: instance.tags };
        if (mayName(this.policy, document, { subject })) instances.add(id);
      }
    }
    for (const [whose, instances] of counted)
      this.#budget?.declared(whose, instances, this.#world.clock.now());
  }

  /** Whose budget a change of a binding uses. */
  #whose(region: string, binding: string): string {
    const { tenants } = this.policy;
    return tenants.length === 0 ? region : `${region} ${binding.split('/')[0]}`;
  }

  /** What the engine says of bindings. */
  published(statuses: readonly BindingStatus[]): void {
    for (const { key, instances } of statuses) {
      for (const { instanceId, state, message, sgIds } of instances) {
        const mayTell = this.#mayHold(key, instanceId);
        if (sgIds !== undefined && !mayTell)
          this.#violate(instanceId, sgIds, `is shown to ${key}, whom no tenant allows it`);
        const owner = state === 'Conflicted' ? /^owned by (\S+),/.exec(message)?.[1] : undefined;
        if (owner !== undefined && !this.#mayHold(owner, instanceId))
          this.#violate(instanceId, [], `is said to be owned by ${owner}, which may not or cannot hold it`);
      }
    }
  }

  /** Whether a binding may hold an instance: it was read in its region, and with some tags of late its tenant allows it. */
  #mayHold(binding: string, instanceId: string): boolean {
    const region = this.#world.simulator.state.instance(instanceId)?.region ?? '';
    const forms = this.knowledge.everyForm.filter((form) => documentKey(form) === binding);
    return forms.some(
      (form) =>
        form.region === region &&
        this.knowledge
          .rememberedTags(instanceId)
          .some((tags) => mayName(this.policy, form, { subject: { instanceId, region, tags } })),
    );
  }

  /** The process has ended. */
  forget(): void {
    this.knowledge.forget();
    this.exposure?.forget();
    this.fights.anew();
  }

  /** Watches the groups that the engine is told. */
  async listGroups(
    client: CloudClient,
    ...[query, signal]: Parameters<CloudClient['listSecurityGroups']>
  ): ReturnType<CloudClient['listSecurityGroups']> {
    const atMs = this.#world.clock.now();
    const result = await client.listSecurityGroups(query, signal);
    if (result.ok)
      this.knowledge.catalogRead(client.scope.region, result.value.items.filter(isReadable), atMs);
    return result;
  }

  sent(region: string, writes: readonly GroupListWrite[]): void {
    for (const { instanceId, sgIds } of writes) {
      const { authority, before, binding, cause } = this.#journal(instanceId);
      const approved = authority.startsWith('approved');
      const nowMs = this.#world.clock.now();
      const sent = this.#sent.get(instanceId) ?? [];
      this.#sent.set(instanceId, sent);
      const documents = this.#documentsOf(instanceId, sgIds);
      const change = { region, before: before.split(' ').filter(Boolean), after: sgIds };
      const closes = this.#rulesAbout(instanceId, region, documents).some(
        (rules) => this.exposure?.closes(rules, change) ?? false,
      );
      const urgent = cause === 'drift' && closes;
      sent.push({ list: sgIds.join(' '), atMs: nowMs, approved, binding, urgent });
      const breach =
        this.#groupBreach(region, sgIds) ??
        this.#breach(documents, { instanceId, region }, sgIds) ??
        this.#exposureBreach(this.#rulesAbout(instanceId, region, documents), change, approved);
      if (breach !== undefined) this.#violate(instanceId, sgIds, breach);
      if (!approved) continue;
      const annotations = documents.flatMap(({ approvedPlan }) => approvedPlan ?? []);
      const names = documents.map(({ name }) => name);
      const after = sgIds.join(' ');
      const unapproved = this.plans.breach({ instanceId, authority, before, after, annotations, names });
      if (unapproved !== undefined) this.#violate(instanceId, sgIds, unapproved);
    }
  }

  /** A write has changed the cloud. */
  arrived(change: ListChange): void {
    const { instanceId, after, timeMs } = change;
    const region = this.#world.simulator.state.instance(instanceId)?.region ?? '';
    const list = after.join(' ');
    const sent = this.#sent.get(instanceId)?.findLast((one) => one.list === list);
    if (sent === undefined || timeMs - sent.atMs > LONGEST_CALL_MS)
      return this.#violate(instanceId, after, 'was not sent');
    const whose = this.#whose(region, sent.binding);
    const breach =
      sent.approved || sent.urgent ? undefined : this.#budget?.written(whose, instanceId, sent.atMs);
    if (breach !== undefined) this.#violate(instanceId, after, breach);
    this.fights.rewritten(change);
  }

  /** What may have asked for this list: present documents, or any that may give the instance its list back. */
  #documentsOf(instanceId: string, sgIds: readonly string[]): readonly InForce[] {
    const names = (document: InForce) => this.#world.members(document).has(instanceId);
    const list = sgIds.join(' ');
    const present = [...this.knowledge.documents.values()].filter(
      (document) => document.sgIds.join(' ') === list && names(document),
    );
    const { documents, everyForm } = this.knowledge;
    // The newest word of a document counts, which need not name the instance any more.
    const newest = new Map([...everyForm, ...documents.values()].map((form) => [form.name, form]));
    const left = new Set(everyForm.filter(names).map(({ name }) => name));
    const forms = [...left].flatMap((name) => newest.get(name) ?? []);
    return [...present, ...forms.filter(({ deletionPolicy }) => deletionPolicy === 'Restore')];
  }

  #breach(
    documents: readonly InForce[],
    { instanceId, region }: { instanceId: string; region: string },
    list: readonly string[],
  ): string | undefined {
    if (documents.length === 0) return 'is written, and nobody names it';
    let breach: string | undefined = 'is written, and was never read';
    for (const tags of this.knowledge.tags(instanceId)) {
      const subject = { instanceId, region, tags };
      for (const document of documents) {
        breach =
          staticBreach(this.policy, document, subject, list) ??
          windowBreach(this.policy.windows, document, { subject, nowMs: this.#world.clock.now() });
        if (breach === undefined) return undefined;
      }
    }
    return breach;
  }

  /** The rules of exposure that are about an instance, for each of the tags and documents that it may be taken to have. */
  #rulesAbout(instanceId: string, region: string, documents: readonly InForce[]): readonly ExposureRule[][] {
    const { exposure } = this.policy;
    return this.knowledge
      .tags(instanceId)
      .flatMap((tags) =>
        documents.map((document) =>
          exposure.filter(({ where }) => concerns(where, document, { instanceId, region, tags })),
        ),
      );
  }

  #exposureBreach(
    candidates: readonly ExposureRule[][],
    change: Parameters<ExposurePromise['breach']>[1],
    approved: boolean,
  ): string | undefined {
    let breach: string | undefined;
    for (const rules of candidates) {
      breach = this.exposure?.breach(rules, change, approved);
      if (breach === undefined) return undefined;
    }
    return breach;
  }

  #groupBreach(region: string, list: readonly string[]): string | undefined {
    if (!this.policy.verifyGroups) return undefined;
    const readMs = this.knowledge.catalogMs(region);
    if (readMs === undefined) return 'is written before the groups were read';
    const sinceMs = Math.max(readMs, this.#world.clock.now() - CATALOG_MS - LONGEST_CALL_MS);
    const missing = list.find((sgId) => !this.groups.existed(region, sgId, sinceMs));
    return missing === undefined ? undefined : `gets the group ${missing}, which is gone since ${sinceMs}`;
  }

  #journal(instanceId: string): Record<'authority' | 'before' | 'binding' | 'cause', string> {
    const row = this.#world.database
      .prepare(
        'SELECT authority, before, binding, cause FROM journal WHERE instance_id = ? ORDER BY id DESC LIMIT 1',
      )
      .get(instanceId);
    return {
      authority: String(row?.authority ?? ''),
      before: String(row?.before ?? ''),
      binding: String(row?.binding ?? ''),
      cause: String(row?.cause ?? ''),
    };
  }

  #violate(instanceId: string, list: readonly string[], breach: string): void {
    this.#world.invariants.violate(`${instanceId} with [${list.join(' ')}] ${breach}`);
  }
}

function sameDemand(a: InForce | undefined, b: InForce): boolean {
  return (
    a !== undefined &&
    a.sgIds.join(' ') === b.sgIds.join(' ') &&
    a.mode === b.mode &&
    a.suspend === b.suspend &&
    a.suspendUntilMs === b.suspendUntilMs
  );
}
