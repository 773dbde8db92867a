/** The declared truth as the world knows it: documents with their intended content, independent of the code under test. */

export interface ModelDocument {
  name: string;
  region: string;
  instanceIds: string[];
  sgIds: string[];
  mode: 'Enforce' | 'Observe';
  suspend: boolean;
  /** What is wrong with the text that is published in its place. */
  broken: undefined | 'schema' | 'syntax';
}

/** The text of a document as it is published. */
export function documentText(document: ModelDocument): string {
  const groups = document.broken === 'schema' ? [...document.sgIds, 'not-a-group'] : document.sgIds;
  return [
    'apiVersion: cvmsg.dev/v1alpha1',
    'kind: CvmSecurityGroupBinding',
    `metadata: { name: ${document.name}, namespace: sim }`,
    'spec:',
    `  region: ${document.region}`,
    `  instanceIds: [${document.instanceIds.join(', ')}]`,
    `  sgIds: [${groups.join(', ')}]`,
    `  mode: ${document.mode}`,
    `  suspend: ${document.suspend}`,
    ...(document.broken === 'syntax' ? ['  oops: [never, closed'] : []),
    '',
  ].join('\n');
}

/** What is in force of a document: its newest valid form. */
export type InForce = Readonly<Pick<ModelDocument, 'region' | 'instanceIds' | 'sgIds' | 'mode' | 'suspend'>>;

interface Allowed {
  readonly list: string;
  readonly fromMs: number;
  untilMs: number;
}

/** Which lists may be written to which instance, and until when a write that was under way may still arrive. */
export class AllowedLists {
  readonly #byInstance = new Map<string, Allowed[]>();
  readonly #graceMs: number;

  constructor(graceMs: number) {
    this.#graceMs = graceMs;
  }

  /** From now on these and no others are in force. */
  declare(inForce: Iterable<InForce>, nowMs: number): void {
    for (const list of this.#byInstance.values()) {
      for (const allowed of list) allowed.untilMs = Math.min(allowed.untilMs, nowMs + this.#graceMs);
    }
    for (const document of inForce) {
      if (document.mode === 'Observe' || document.suspend) continue;
      for (const id of document.instanceIds) {
        const known = this.#byInstance.get(id) ?? [];
        this.#byInstance.set(id, known);
        known.push({ list: document.sgIds.join(' '), fromMs: nowMs, untilMs: Number.POSITIVE_INFINITY });
      }
    }
  }

  permits(instanceId: string, list: readonly string[], nowMs: number): boolean {
    const text = list.join(' ');
    const known = this.#byInstance.get(instanceId) ?? [];
    return known.some((one) => one.list === text && one.fromMs <= nowMs && nowMs <= one.untilMs);
  }
}
