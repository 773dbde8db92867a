/**
 * Which lists may come back to an instance that left a binding with `deletionPolicy: Restore`: those that it truly had
 * while somebody declared it and before it was first written for that. Kept beside the code under test.
 */
import type { InForce } from './model-revision.ts';

interface Life {
  /** Lists that could have been seen before the first write. */
  readonly lists: Set<string>;
  declared: boolean;
  /** A write of what was declared has arrived: what comes later was not seen before it. */
  written: boolean;
  restores: boolean;
}

export class OriginalLists {
  readonly #lives = new Map<string, Life>();
  readonly #listOf: (instanceId: string) => readonly string[];
  readonly #loose: boolean;

  /**
   * @param listOf the true list of an instance.
   * @param loose where selectors decide, nobody outside knows when an instance left and came again: any list that it
   *   had since somebody first declared it may come back, at any time.
   */
  constructor(listOf: (instanceId: string) => readonly string[], loose = false) {
    this.#listOf = listOf;
    this.#loose = loose;
  }

  /** From now on these and no others are in force. */
  declare(inForce: readonly InForce[]): void {
    const wish = new Map(
      inForce.flatMap((document) => document.instanceIds.map((id) => [id, document.deletionPolicy] as const)),
    );
    for (const [id, life] of this.#lives) {
      if (life.declared && !wish.has(id)) life.written = false;
      life.declared = wish.has(id);
    }
    for (const [id, policy] of wish) {
      const life = this.#lives.get(id) ?? {
        lists: new Set(),
        declared: true,
        written: false,
        restores: false,
      };
      this.#lives.set(id, life);
      if (!life.written || this.#loose) life.lists.add(this.#listOf(id).join(' '));
      // A process that was down may know an older form of the document.
      life.restores ||= policy === 'Restore' || this.#loose;
    }
  }

  /** The list of an instance has changed. @param declared whether that is what is declared of it now. */
  changed(id: string, list: readonly string[], declared: boolean): void {
    const life = this.#lives.get(id);
    if (life === undefined) return;
    if (this.#loose) life.lists.add(list.join(' '));
    else if (declared && life.declared) life.written = true;
    else if (!life.written) life.lists.add(list.join(' '));
  }

  /** Instances that nobody declares any more and that may get a list back. */
  *released(): Generator<string> {
    for (const [id, life] of this.#lives) {
      if (life.restores && (this.#loose || !life.declared)) yield id;
    }
  }

  /** What may come back; nobody is left without a group. */
  of(id: string): string[] {
    return [...(this.#lives.get(id)?.lists ?? [])].filter((list) => list !== '');
  }
}
