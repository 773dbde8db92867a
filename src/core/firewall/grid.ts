/**
 * The packets of one direction and family as a grid, services by addresses, cut where an entry of the lists begins or ends.
 * For each service and for each address a row of bits says which entries of a list hold it; the entries of a cell are the
 * bits that both have, and the first of them decides.
 */
import type { Entry, GridSize } from './compiled-rules.ts';
import {
  ACCEPT,
  accepts,
  type Choice,
  choiceOf,
  type DecisionId,
  type Decisions,
  DROP,
  isCertain,
} from './decisions.ts';
import type { Intervals } from './intervals.ts';

/** One list over the grid. */
interface Layer<Held extends Entry> {
  readonly entries: readonly Held[];
  readonly choices: Int32Array;
  /** 32-bit words of a row. */
  readonly words: number;
  readonly services: Int32Array;
  readonly addresses: Int32Array;
}

/** What a walk over the grid tells. */
export interface Visitor {
  /** A cell whose entries may be others than those of the same address one service before. */
  cell(service: number, address: number): void;
  /** All cells of this service were told; false ends the walk. */
  row(service: number): boolean;
}

export class Grid<Held extends Entry = Entry> {
  /** The place on the whole line at which each cell begins; the last one is the end. */
  readonly services: Int32Array;
  readonly addresses: Int32Array;
  readonly #layers: readonly Layer<Held>[];
  readonly #addressAt: Int32Array;
  readonly #decisions: Decisions;

  constructor(lists: readonly (readonly Held[])[], size: GridSize, decisions: Decisions) {
    this.#decisions = decisions;
    const entries = lists.flat();
    const services = cutAt(
      entries.map((entry) => entry.services),
      size.services,
    );
    const addresses = cutAt(
      entries.map((entry) => entry.addresses),
      size.addresses,
    );
    this.services = services.cuts;
    this.addresses = addresses.cuts;
    this.#addressAt = addresses.at;
    this.#layers = lists.map((list) => {
      const words = (list.length + 31) >> 5;
      return {
        entries: list,
        choices: Int32Array.from(list, (entry) => choiceOf(entry.condition, entry.accepts)),
        words,
        services: bits(
          list.map((entry) => entry.services),
          services,
          words,
        ),
        addresses: bits(
          list.map((entry) => entry.addresses),
          addresses,
          words,
        ),
      };
    });
  }

  /** What a list decides for the packets of a cell. */
  decide(list: number, service: number, address: number): DecisionId {
    const { choices, words, services, addresses } = this.#layers[list] as Layer<Held>;
    const [row, column] = [service * words, address * words];
    let uncertain: Choice[] | undefined;
    for (let word = 0; word < words; word++) {
      let both = (services[row + word] as number) & (addresses[column + word] as number);
      while (both !== 0) {
        const bit = Math.clz32(both);
        const choice = choices[word * 32 + bit] as Choice;
        if (isCertain(choice)) return this.#decision(uncertain, accepts(choice));
        uncertain ??= [];
        uncertain.push(choice);
        both &= ~(0x8000_0000 >>> bit);
      }
    }
    return this.#decision(uncertain, false);
  }

  #decision(uncertain: readonly Choice[] | undefined, otherwise: boolean): DecisionId {
    if (uncertain !== undefined) return this.#decisions.idOf(uncertain, otherwise);
    return otherwise ? ACCEPT : DROP;
  }

  /** The entries of a list that hold the packets of a cell, the first one first. */
  *matching(list: number, service: number, address: number): Generator<Held> {
    const { entries, words, services, addresses } = this.#layers[list] as Layer<Held>;
    for (let word = 0; word < words; word++) {
      let both = (services[service * words + word] ?? 0) & (addresses[address * words + word] ?? 0);
      while (both !== 0) {
        const bit = Math.clz32(both);
        yield entries[word * 32 + bit] as Held;
        both &= ~(0x8000_0000 >>> bit);
      }
    }
  }

  /** Tells every cell of the first service, and of each other one those that differ from the service before. */
  walk(visitor: Visitor): void {
    const columns = this.addresses.length - 1;
    const told = new Int32Array(columns).fill(-1);
    for (let service = 0; service < this.services.length - 1; service++) {
      const tell = (address: number) => {
        if (told[address] === service) return;
        told[address] = service;
        visitor.cell(service, address);
      };
      if (service === 0) for (let address = 0; address < columns; address++) tell(address);
      else for (const layer of this.#layers) this.#changed(layer, service, tell);
      if (!visitor.row(service)) return;
    }
  }

  /** The addresses of entries that hold this service and not the one before, or the other way round. */
  #changed(
    { entries, words, services }: Layer<Held>,
    service: number,
    tell: (address: number) => void,
  ): void {
    for (let word = 0; word < words; word++) {
      const at = service * words + word;
      let differing = (services[at] as number) ^ (services[at - words] as number);
      while (differing !== 0) {
        const bit = Math.clz32(differing);
        differing &= ~(0x8000_0000 >>> bit);
        const { addresses } = entries[word * 32 + bit] as Entry;
        for (let pair = 0; pair < addresses.length; pair += 2) {
          const to = this.#addressAt[addresses[pair + 1] as number] as number;
          for (let address = this.#addressAt[addresses[pair] as number] as number; address < to; address++)
            tell(address);
        }
      }
    }
  }
}

interface Cuts {
  readonly cuts: Int32Array;
  /** Which cell begins at a place of the whole line; only for those at which one does. */
  readonly at: Int32Array;
}

function cutAt(sets: readonly Intervals[], size: number): Cuts {
  const at = new Int32Array(size).fill(-1);
  at[0] = 0;
  at[size - 1] = 0;
  for (const set of sets) for (let end = 0; end < set.length; end++) at[set[end] as number] = 0;
  let cells = 0;
  for (let place = 0; place < size; place++) if (at[place] === 0) at[place] = cells++;
  const cuts = new Int32Array(cells);
  for (let place = 0; place < size; place++) if (at[place] !== -1) cuts[at[place] as number] = place;
  return { cuts, at };
}

function bits(sets: readonly Intervals[], { cuts, at }: Cuts, words: number): Int32Array {
  const rows = new Int32Array((cuts.length - 1) * words);
  for (const [index, set] of sets.entries()) {
    const [word, bit] = [index >> 5, 0x8000_0000 >>> (index & 31)];
    for (let pair = 0; pair < set.length; pair += 2) {
      const to = at[set[pair + 1] as number] as number;
      for (let cell = at[set[pair] as number] as number; cell < to; cell++) {
        rows[cell * words + word] = (rows[cell * words + word] as number) | bit;
      }
    }
  }
  return rows;
}
