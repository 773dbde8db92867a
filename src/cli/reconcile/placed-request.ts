/** A request to reconcile as the two ways of making one agree on it. */

export interface ReconcileFlags {
  readonly namespace: string | undefined;
  readonly kubernetes: boolean;
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
  readonly wait: boolean;
  readonly timeout: number;
}

/** A request that was made. */
export interface PlacedRequest extends AsyncDisposable {
  /** `namespace/name`. */
  readonly binding: string;
  /** Why the way that it went cannot be trusted. */
  readonly trustProblem?: string | undefined;
  /** The request that was handled last. */
  handled(): Promise<string | undefined>;
}

export interface RequestOptions {
  readonly name: string;
  readonly namespace: string | undefined;
  readonly requestedAt: string;
}
