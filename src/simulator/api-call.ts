import type { Failure } from './failures.ts';

/** The generation of the simulated API. Stated here again, since the simulator shares nothing with the client. */
export type ApiGeneration = 'v2' | 'v3';

/** Parameters of a call. `form`: every leaf is text; `json`: leaves keep their JSON type. */
export interface Params {
  readonly encoding: 'form' | 'json';
  readonly values: Readonly<Record<string, unknown>>;
}

/** What a call proved about its sender. */
export type Authenticated =
  | { readonly ok: true; readonly account: string }
  | { readonly ok: false; readonly failure: Failure };

/** A request that was understood well enough to be answered in its own envelope. */
export interface ApiCall {
  readonly api: ApiGeneration;
  /** `v3` on the 2.0 host too, when `Version` is given. */
  readonly envelope: ApiGeneration;
  readonly action: string;
  /** The service that the host names (`dfw`, `cvm`, …); empty when the host is not one of the vendor's. */
  readonly service: string;
  /** The finance region whose host was asked; empty at every other host. */
  readonly financeRegion: string;
  readonly version: string;
  /** As the request spells it; empty when absent. */
  readonly region: string;
  readonly secretId: string;
  readonly params: Params;
  /** What is already known to be wrong; answered before anything else. */
  readonly malformed: Failure | null;
  /** Verifies signature, time, nonce and token as of `serverMs`. */
  authenticate(serverMs: number): Authenticated;
}
