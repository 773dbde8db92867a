/** Which scopes (accounts and regions) are served, as the controller asks it. */
import type { BindingKey } from '../../api/ids.ts';
import type { Leadership } from '../../runtime/leadership.ts';
import type { WantedScope } from './scope-demand.ts';
import type { ScopeObstacle } from './scope-obstacle.ts';

/** What the controller asks beside {@link Leadership}. */
export interface ServedScopes {
  /** What a binding names from now on; undefined when it is gone. */
  follow(key: BindingKey, wanted: WantedScope | undefined): void;
  isServed(scope: string): boolean;
  /** Why a scope is not served; undefined when it is, and while nobody knows. */
  obstacle(scope: string): ScopeObstacle | undefined;
  /** Whether this process speaks for the bindings of a scope, served or not. */
  mayTell(scope: string): boolean;
}

/** Serves every scope: for commands that work once. */
export const serveAll = (leadership: Leadership): ServedScopes => ({
  follow: (_, wanted) => {
    if (wanted !== undefined) leadership.join(wanted.scope);
  },
  isServed: () => true,
  obstacle: () => undefined,
  mayTell: (scope) => leadership.mayAct(scope),
});
