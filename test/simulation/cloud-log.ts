/**
 * What the cloud itself saw: every list that it showed in a read, and every list that a write brought, effective or not,
 * each with the call of the engine that it belongs to.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Simulator } from '../../src/simulator/simulator.ts';
import type { Sender, Wire } from './wire.ts';

/** A list that a call of the API brought. */
export interface Arrival {
  readonly instanceId: string;
  readonly list: string;
  /** The list that the instance truly had. */
  readonly before: string;
  readonly action: string;
  readonly requestId: string;
}

/** What one call of the engine met in the cloud. */
export class CloudCall {
  readonly arrivals: Arrival[] = [];
  /** By instance. */
  readonly shown = new Map<string, string>();
}

interface Shown {
  readonly atMs: number;
  readonly list: string;
  readonly sender: Sender;
}

export class CloudLog {
  readonly #calls = new AsyncLocalStorage<CloudCall>();
  readonly #shown = new Map<string, Shown[]>();

  /** @param wire knows what is a copy, which nobody is shown. @param stray called for each write that is carried out for no call. */
  constructor({ state, clock }: Simulator, wire: Wire, stray: (arrival: Arrival) => void) {
    const show = state.visibleList.bind(state);
    state.visibleList = (instance) => {
      const shown = show(instance);
      if (wire.sender === 'copy') return shown;
      const list = shown.join(' ');
      const known = this.#shown.get(instance.instanceId) ?? [];
      this.#shown.set(instance.instanceId, known);
      known.push({ atMs: clock.now(), list, sender: wire.sender });
      this.#calls.getStore()?.shown.set(instance.instanceId, list);
      return shown;
    };
    const set = state.setList.bind(state);
    state.setList = (instanceId, list, cause) => {
      if (cause !== undefined && wire.sender !== 'copy') {
        const { action, requestId } = cause;
        const before = state.list(instanceId).join(' ');
        const arrival = { instanceId, list: list.join(' '), before, action, requestId };
        const call = this.#calls.getStore();
        if (call === undefined) stray(arrival);
        else call.arrivals.push(arrival);
      }
      set(instanceId, list, cause);
    };
  }

  /** Makes a call of the engine, and notes what it meets in the cloud, also after its caller has given up. */
  during<T>(call: CloudCall, make: () => Promise<T>): Promise<T> {
    return this.#calls.run(call, make);
  }

  /** What reads of a sender showed of an instance within an interval, both ends included. */
  shown(instanceId: string, by: Sender, fromMs: number, untilMs: number): Set<string> {
    const within = (this.#shown.get(instanceId) ?? []).filter(
      ({ atMs, sender }) => sender === by && fromMs <= atMs && atMs <= untilMs,
    );
    return new Set(within.map(({ list }) => list));
  }
}
