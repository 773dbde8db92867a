import type { Random } from '../runtime/random.ts';
import type { Fault, FaultEffect, FaultKind, FaultSpec } from './fault.ts';
import { WRITE_ACTIONS } from './quotas.ts';
import { longRegion } from './regions.ts';

/** What is known of a call when faults are drawn for it. */
export interface FaultTarget {
  readonly api: 'v2' | 'v3' | 'metadata';
  readonly action: string;
  readonly account: string;
  /** Long code. */
  readonly region: string;
  readonly instanceIds: readonly string[];
}

type Additive = 'latency' | 'stale-reads' | 'clock-skew';
export type MainEffect = Exclude<FaultEffect, { kind: Additive }>;

export interface DrawnFaults {
  /** The first matching fault, in the order in which they were added, that replaces or spoils the answer. */
  readonly main: MainEffect | null;
  /** The instances that the main fault is about; empty when it is about none in particular. */
  readonly mainInstanceIds: readonly string[];
  readonly latencyMs: number;
  readonly staleReadsMs: number;
  readonly clockSkewMs: number;
}

const ADDITIVE: ReadonlySet<FaultKind> = new Set<FaultKind>(['latency', 'stale-reads', 'clock-skew']);
const ONLY_WRITES: ReadonlySet<FaultKind> = new Set<FaultKind>(['partial', 'not-applied', 'stale-reads']);

/** The faults in force. Each call draws from it once. */
export class FaultBook {
  readonly #random: Random;
  #faults: Fault[] = [];
  #nextId = 1;
  #version = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  get version(): number {
    return this.#version;
  }

  /** Puts a fault in force and returns it with its id. */
  add(spec: FaultSpec): Fault {
    const fault: Fault = { ...spec, id: `fault-${this.#nextId++}`, fired: 0 };
    this.#faults.push(fault);
    this.#version++;
    return fault;
  }

  /** Makes every batch that holds this instance fail with `code`. */
  poison(instanceId: string, code: string, message?: string): Fault {
    const error = message === undefined ? { code } : { code, message };
    return this.add({ kind: 'error', ...error, instanceIds: [instanceId] });
  }

  /** False when there is no such fault. */
  remove(id: string): boolean {
    const before = this.#faults.length;
    this.#faults = this.#faults.filter((fault) => fault.id !== id);
    this.#version++;
    return this.#faults.length < before;
  }

  clear(): void {
    this.#faults = [];
    this.#version++;
  }

  list(): readonly Fault[] {
    return [...this.#faults];
  }

  /** Puts saved faults back in force, ids and counters included. */
  restore(faults: readonly Fault[]): void {
    this.#faults = [...faults];
    for (const { id } of faults) {
      this.#nextId = Math.max(this.#nextId, Number(id.replace('fault-', '')) + 1 || 1);
    }
  }

  /** What befalls this call. Counts are used up by drawing. */
  draw(target: FaultTarget): DrawnFaults {
    let main: MainEffect | null = null;
    let mainInstanceIds: readonly string[] = [];
    const sums = { latency: 0, 'stale-reads': 0, 'clock-skew': 0 };
    for (const fault of this.#faults) {
      const additive = ADDITIVE.has(fault.kind);
      if ((!additive && main !== null) || !matches(fault, target)) continue;
      if (fault.probability !== undefined && this.#random.next() >= fault.probability) continue;
      this.#fire(fault);
      if (fault.kind === 'latency' || fault.kind === 'stale-reads' || fault.kind === 'clock-skew') {
        sums[fault.kind] += fault.ms;
        continue;
      }
      main = fault;
      mainInstanceIds = fault.instanceIds ?? [];
    }
    return {
      main,
      mainInstanceIds,
      latencyMs: sums.latency,
      staleReadsMs: sums['stale-reads'],
      clockSkewMs: sums['clock-skew'],
    };
  }

  #fire(fault: Fault): void {
    const fired = fault.fired + 1;
    this.#version++;
    this.#faults = this.#faults.flatMap((other) => {
      if (other.id !== fault.id) return [other];
      return fault.count !== undefined && fired >= fault.count ? [] : [{ ...fault, fired }];
    });
  }
}

function matches(fault: Fault, target: FaultTarget): boolean {
  const action = fault.action ?? '*';
  if (action === '*' ? target.api === 'metadata' : action !== target.action) return false;
  if (fault.api !== undefined && fault.api !== target.api) return false;
  if (fault.kind === 'v2-retired' && target.api !== 'v2') return false;
  if (ONLY_WRITES.has(fault.kind) && !WRITE_ACTIONS.has(target.action)) return false;
  if (fault.account !== undefined && fault.account !== target.account) return false;
  if (fault.region !== undefined && longRegion(fault.region) !== target.region) return false;
  if (fault.instanceIds === undefined) return true;
  return fault.instanceIds.some((id) => target.instanceIds.includes(id));
}
