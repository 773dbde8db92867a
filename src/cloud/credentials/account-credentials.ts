/**
 * The credentials of one account, kept fresh.
 *
 *   none ──load──▶ fresh ──(10 min before the end; static keys: 5 s)──▶ stale ──(end)──▶ expired
 *
 * - fresh:   handed out as they are
 * - stale:   static keys are looked up again at once (a `stat`); temporary keys are handed out while a refresh
 *            runs beside. A failed refresh leaves the old keys in use and is tried again 5 s later
 * - none, expired: the caller waits for the load and gets its outcome; a failure is never kept
 *
 * Invariant: all who wait share one load; only `invalidate` lets another start beside one that is of no use any more.
 */
import type { Clock } from '../../runtime/clock.ts';
import type { Credentials, CredentialsResult } from './credentials.ts';

/** Temporary keys are renewed this long before they end. */
const REFRESH_AHEAD_MS = 10 * 60_000;
/** Pause between looks at keys that do not say when they end, and between failed refreshes. */
const RECHECK_MS = 5000;

export interface AccountCredentialsOptions {
  readonly clock: Clock;
  readonly load: (signal: AbortSignal) => Promise<CredentialsResult>;
  /** Told when a refresh failed and older keys stay in use. */
  readonly onWarning?: ((message: string) => void) | undefined;
}

interface Loading {
  readonly result: Promise<CredentialsResult>;
  readonly abort: AbortController;
  waiters: number;
}

export class AccountCredentials {
  readonly #options: AccountCredentialsOptions;
  #kept: Credentials | undefined;
  #checkedAtMs = 0;
  #loading: Loading | undefined;
  #warned = '';

  constructor(options: AccountCredentialsOptions) {
    this.#options = options;
  }

  async get(signal: AbortSignal): Promise<CredentialsResult> {
    signal.throwIfAborted();
    const nowMs = this.#options.clock.now();
    const wallMs = this.#options.clock.wall();
    const kept = this.#kept;
    const expiresAtMs = kept?.expiresAtMs ?? Number.POSITIVE_INFINITY;
    if (kept === undefined || wallMs >= expiresAtMs) return this.#wait(signal);
    const isStale = kept.expiresAtMs === undefined || wallMs >= expiresAtMs - REFRESH_AHEAD_MS;
    if (!isStale || nowMs < this.#checkedAtMs + RECHECK_MS) return { ok: true, credentials: kept };
    if (kept.expiresAtMs === undefined) return this.#wait(signal);
    // Nobody waits for this load, so nobody's signal ends it.
    this.#load().waiters += 1;
    return { ok: true, credentials: kept };
  }

  /** The cloud refused these keys. A load that is already running is of no use either. */
  invalidate(): void {
    this.#kept = undefined;
    this.#loading = undefined;
  }

  async #wait(signal: AbortSignal): Promise<CredentialsResult> {
    const loading = this.#load();
    loading.waiters += 1;
    const aborted = Promise.withResolvers<never>();
    const onAbort = () => {
      loading.waiters -= 1;
      if (loading.waiters === 0) {
        if (this.#loading === loading) this.#loading = undefined;
        loading.abort.abort(signal.reason);
      }
      aborted.reject(signal.reason);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      return await Promise.race([loading.result, aborted.promise]);
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  #load(): Loading {
    if (this.#loading !== undefined) return this.#loading;
    const abort = new AbortController();
    const loading: Loading = {
      result: this.#options.load(abort.signal).then((result) => this.#take(result, loading)),
      abort,
      waiters: 0,
    };
    // A load that everybody left rejects with nobody listening.
    loading.result.catch(() => {});
    this.#loading = loading;
    return loading;
  }

  #take(result: CredentialsResult, loading: object): CredentialsResult {
    // Invalidated meanwhile: those who waited get what was loaded, but nothing is kept.
    if (this.#loading !== loading) return result;
    this.#loading = undefined;
    this.#checkedAtMs = this.#options.clock.now();
    if (result.ok) {
      // What is derived from a secret is kept beside it, so the same secret stays the same object.
      const credentials = same(this.#kept, result.credentials) ? this.#kept : result.credentials;
      this.#kept = credentials;
      this.#warned = '';
      return { ok: true, credentials };
    }
    const kept = this.#kept;
    if (kept === undefined || this.#options.clock.wall() >= (kept.expiresAtMs ?? Number.POSITIVE_INFINITY))
      return result;
    if (this.#warned !== result.message) {
      this.#warned = result.message;
      this.#options.onWarning?.(
        `credentials from ${kept.source} stay in use, refreshing them failed: ${result.message}`,
      );
    }
    return { ok: true, credentials: kept };
  }
}

function same(a: Credentials | undefined, b: Credentials): a is Credentials {
  return (
    a !== undefined &&
    a.secretId === b.secretId &&
    a.secretKey.reveal() === b.secretKey.reveal() &&
    a.token?.reveal() === b.token?.reveal() &&
    a.expiresAtMs === b.expiresAtMs &&
    a.source === b.source
  );
}
