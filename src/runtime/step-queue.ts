/** Work in steps, one piece after the other: what is short is done at once, and the rest lets other work go on between two steps. */
import type { Clock } from './clock.ts';

interface Piece {
  readonly steps: Generator<void, void>;
  readonly end: PromiseWithResolvers<void>;
}

export class StepQueue {
  /** Called whenever nothing is left of work that was not done at once. */
  onIdle: () => void = () => {};
  readonly #clock: Pick<Clock, 'setTimer'>;
  /** The first one is under way. */
  readonly #pieces: Piece[] = [];
  #cancel: (() => void) | undefined;
  #closed = false;

  constructor(clock: Pick<Clock, 'setTimer'>) {
    this.#clock = clock;
  }

  /** Pieces that are not done, with the one under way. */
  get size(): number {
    return this.#pieces.length;
  }

  /** Returns nothing when the work is done already. The promise rejects with what the work throws; it stays open after {@link close}. */
  add(steps: Generator<void, void>): Promise<void> | undefined {
    if (this.#closed) return undefined;
    const piece = { steps, end: Promise.withResolvers<void>() };
    this.#pieces.push(piece);
    if (this.#pieces.length > 1) return piece.end.promise;
    const isDone = this.#step(piece);
    if (this.#pieces.length > 0) this.#later();
    return isDone ? undefined : piece.end.promise;
  }

  /** Gives up what is not done. */
  close(): void {
    this.#closed = true;
    this.#cancel?.();
  }

  /** Returns whether it was the last step. @throws what the work throws. */
  #step(piece: Piece): boolean {
    let isDone = true;
    try {
      isDone = piece.steps.next().done === true;
    } finally {
      if (isDone) this.#pieces.shift();
    }
    return isDone;
  }

  #later(): void {
    this.#cancel = this.#clock.setTimer(0, () => {
      const [piece] = this.#pieces;
      if (piece !== undefined) this.#goOn(piece);
      if (this.#pieces.length > 0) this.#later();
      // Whoever waits for the work goes on first.
      else this.#cancel = this.#clock.setTimer(0, () => this.onIdle());
    });
  }

  #goOn(piece: Piece): void {
    try {
      if (this.#step(piece)) piece.end.resolve();
    } catch (error) {
      piece.end.reject(error);
    }
  }
}
