/** What left in one call with the same lists, or what changed traffic without a write. */
export interface HistoryLine {
  readonly ids: readonly number[];
  readonly time: string;
  readonly instanceIds: readonly string[];
  readonly instanceCount: number;
  readonly binding: string;
  readonly cause: string;
  readonly before: readonly string[] | undefined;
  readonly after: readonly string[];
  readonly outcome: string;
  /** What let it pass a guard, for people; empty for an ordinary write. */
  readonly authority: string;
  readonly requestId: string;
  readonly traffic: string;
  /** `web.yaml:3 at 1a2b3c (Ann: open 443)`; empty where nobody can tell. */
  readonly declared: string;
}
