/** Who may act on a scope when several replicas run. */
export interface Leadership {
  /** Whether there may be others, who act on a scope until it is gained. */
  readonly isShared: boolean;
  /** Whether this process may act on the scope at this very moment; asked before every call. */
  mayAct(scope: string): boolean;
  /** Competes for a scope from now on. */
  join(scope: string): void;
  /** The scopes that it competes for. */
  joined(): Iterable<string>;
  /** Competes for a scope no more, until it is joined again. Nothing of it may be in flight. */
  leave(scope: string): void;
}

/** What leadership tells and asks the one who acts. Must not throw. */
export interface LeadershipListener {
  /** The scope is ours from now on. */
  gained(scope: string): void;
  /** The scope is about to be given to another replica: resolves when nothing of it is in flight any more. */
  drain(scope: string): Promise<void>;
}

/** The only replica there is. */
export const soleLeader: Leadership = {
  isShared: false,
  mayAct: () => true,
  join: () => {},
  joined: () => [],
  leave: () => {},
};
