import type { Random } from '../runtime/random.ts';
import type { Params } from './api-call.ts';
import type { Outcome } from './failures.ts';
import type { SimulatedCloud } from './state.ts';

/** How a write goes wrong half way. */
interface PartialWrite {
  /** The instances that are left out; empty: chance picks them. */
  readonly leftOut: readonly string[];
}

/** A write that is accepted and never takes effect. */
interface IneffectiveWrite {
  /** The instances that keep their lists; empty: all of them. */
  readonly instanceIds: readonly string[];
  /** What the cloud says of the operation that failed. */
  readonly message: string;
}

/** What an action handler works with: the state, and who asks for what. */
export interface ActionContext {
  readonly state: SimulatedCloud;
  readonly random: Random;
  readonly action: string;
  readonly account: string;
  /** Long code; empty where the action has no region. */
  readonly region: string;
  readonly requestId: string;
  readonly params: Params;
  /** Most groups of one instance. */
  readonly groupsPerInstance: number;
  readonly staleReadsMs: number;
  readonly partial: PartialWrite | null;
  readonly ineffective: IneffectiveWrite | null;
}

export type ActionHandler = (context: ActionContext) => Outcome;

/** The type of a parameter of API 3.0. */
export type ParameterType = 'string' | 'strings' | 'integer' | 'boolean' | 'filters';

/** An action of API 3.0: what it takes, and what it does once parameters are known to have the right names and types. */
export interface ActionSpec {
  readonly service: string;
  readonly version: string;
  readonly parameters: Readonly<Record<string, ParameterType>>;
  readonly required: readonly string[];
  readonly run: ActionHandler;
}
