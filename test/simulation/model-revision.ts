/** The declared truth as the world knows it: documents with their intended content, independent of the code under test. */
import type { OriginalLists } from './original-lists.ts';

export interface ModelDocument {
  name: string;
  region: string;
  /** Absent: the default one. */
  account?: string | undefined;
  /** Whether its text names the region by the short code of API 2.0. */
  shortRegion?: boolean;
  instanceIds: string[];
  sgIds: string[];
  mode: 'Enforce' | 'Observe';
  suspend: boolean;
  suspendUntilMs: number | undefined;
  intervalS: number | undefined;
  deletionPolicy: 'Retain' | 'Restore';
  /** Whose it is: its folder, and its namespace unless it says another. */
  team?: string;
  namespace?: string;
  /** Selects its instances by these tags, in place of naming them. */
  tags?: Readonly<Record<string, string>> | undefined;
  emergencyUntilMs?: number | undefined;
  /** The text of the annotation that approves a plan. */
  approvedPlan?: string | undefined;
  /** What is wrong with the text that is published in its place. */
  broken: undefined | 'schema' | 'syntax';
}

const SHORT_CODES: Readonly<Record<string, string>> = { 'ap-guangzhou': 'gz', 'ap-shanghai': 'sh' };

/** The path of a document. */
export function documentFile({ team, name }: Pick<ModelDocument, 'team' | 'name'>): string {
  return team === undefined ? `${name}.yaml` : `teams/${team}/${name}.yaml`;
}

/** The namespace of a document. */
export function documentNamespace({
  team = 'sim',
  namespace = team,
}: Pick<ModelDocument, 'team' | 'namespace'>): string {
  return namespace;
}

/** The key of its binding. */
export function documentKey(document: Pick<ModelDocument, 'team' | 'namespace' | 'name'>): string {
  return `${documentNamespace(document)}/${document.name}`;
}

/** The text of a document as it is published. */
export function documentText(document: ModelDocument): string {
  const { name, tags, emergencyUntilMs, approvedPlan } = document;
  const annotations = JSON.stringify({
    ...(emergencyUntilMs === undefined
      ? {}
      : { 'cvmsg.dev/emergency': `${new Date(emergencyUntilMs).toISOString()} it burns` }),
    ...(approvedPlan === undefined ? {} : { 'cvmsg.dev/approved-plan': approvedPlan }),
  });
  const groups = document.broken === 'schema' ? [...document.sgIds, 'not-a-group'] : document.sgIds;
  return [
    'apiVersion: cvmsg.dev/v1alpha1',
    'kind: CvmSecurityGroupBinding',
    `metadata: { name: ${name}, namespace: ${documentNamespace(document)}, annotations: ${annotations} }`,
    'spec:',
    `  region: ${document.shortRegion === true ? SHORT_CODES[document.region] : document.region}`,
    ...(document.account === undefined ? [] : [`  credentialsRef: { name: ${document.account} }`]),
    tags === undefined
      ? `  instanceIds: [${document.instanceIds.join(', ')}]`
      : `  instanceSelector: { tags: ${JSON.stringify(tags)} }`,
    `  sgIds: [${groups.join(', ')}]`,
    `  mode: ${document.mode}`,
    `  suspend: ${document.suspend}`,
    ...(document.suspendUntilMs === undefined
      ? []
      : [`  suspendUntil: ${new Date(document.suspendUntilMs).toISOString()}`]),
    ...(document.intervalS === undefined ? [] : [`  interval: ${document.intervalS}s`]),
    `  deletionPolicy: ${document.deletionPolicy}`,
    ...(document.broken === 'syntax' ? ['  oops: [never, closed'] : []),
    '',
  ].join('\n');
}

/** Of these names, those that left the revision and are kept: a file that cannot be read may hold them. */
export function goneInDoubt(
  documents: readonly Pick<ModelDocument, 'name' | 'broken'>[],
  names: Iterable<string>,
): string[] {
  if (!documents.some(({ broken }) => broken === 'syntax')) return [];
  const present = new Set(documents.map(({ name }) => name));
  return [...names].filter((name) => !present.has(name));
}

/** What is in force of a document: its newest valid form. */
export type InForce = Readonly<
  Pick<
    ModelDocument,
    | 'name'
    | 'region'
    | 'instanceIds'
    | 'sgIds'
    | 'mode'
    | 'suspend'
    | 'suspendUntilMs'
    | 'deletionPolicy'
    | 'team'
    | 'namespace'
    | 'tags'
    | 'emergencyUntilMs'
    | 'approvedPlan'
  >
>;

interface Allowed {
  readonly list: string;
  readonly fromMs: number;
  untilMs: number;
}

/**
 * Which lists may be written to which instance, and until when a write that was under way may still arrive. The lists
 * that an instance had before it was first written for its binding may come back once nobody declares the instance.
 */
export class AllowedLists {
  readonly #originals: OriginalLists;
  readonly #byInstance = new Map<string, Allowed[]>();
  readonly #graceMs: number;
  #wakesMs = 0;

  constructor(graceMs: number, originals: OriginalLists) {
    this.#graceMs = graceMs;
    this.#originals = originals;
  }

  /** From now on these and no others are in force. */
  declare(inForce: Iterable<InForce>, nowMs: number): void {
    for (const list of this.#byInstance.values()) {
      for (const allowed of list)
        allowed.untilMs = Math.min(allowed.untilMs, Math.max(nowMs, this.#wakesMs) + this.#graceMs);
    }
    const documents = [...inForce];
    this.allow(documents, nowMs);
    this.#originals.declare(documents);
    for (const id of this.#originals.released()) {
      for (const list of this.#originals.of(id)) this.#allow(id, { list, fromMs: nowMs });
    }
  }

  /** The lists of these may be written too, until something else is declared. */
  allow(documents: Iterable<InForce>, nowMs: number): void {
    for (const document of documents) {
      if (document.mode === 'Observe' || document.suspend) continue;
      const fromMs = Math.max(nowMs, document.suspendUntilMs ?? 0);
      for (const id of document.instanceIds) this.#allow(id, { list: document.sgIds.join(' '), fromMs });
    }
  }

  /** The process is paused: it learns later of what is declared now, or was a moment ago. */
  paused(nowMs: number, ms: number): void {
    this.#wakesMs = Math.max(this.#wakesMs, nowMs + ms);
    for (const list of this.#byInstance.values())
      for (const allowed of list) if (allowed.untilMs >= nowMs) allowed.untilMs += ms;
  }

  #allow(id: string, allowed: Pick<Allowed, 'list' | 'fromMs'>): void {
    const known = this.#byInstance.get(id) ?? [];
    this.#byInstance.set(id, known);
    known.push({ ...allowed, untilMs: Number.POSITIVE_INFINITY });
  }

  permits(instanceId: string, list: readonly string[], nowMs: number): boolean {
    const text = list.join(' ');
    const known = this.#byInstance.get(instanceId) ?? [];
    return known.some((one) => one.list === text && one.fromMs <= nowMs && nowMs <= one.untilMs);
  }
}
