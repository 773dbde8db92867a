/**
 * What `/readyz` says of each source. An outage leaves a process ready: its place taken by another would mend nothing. So
 * the words must not pass off an old copy for the present truth.
 */

import { shortDuration } from '../core/text/duration.ts';
import type { ProbeCheck } from '../http/view.ts';
import type { Source } from '../ports/source.ts';

/** What is asked of a source that watches a cluster. */
export interface WatchedSource extends Pick<Source, 'name' | 'synced'> {
  readonly reflectors: readonly {
    readonly stats: { readonly lastEventMs: number };
    /** Why the server keeps what it watches from us. */
    readonly forbidden: Error | undefined;
  }[];
  isFollowing(nowMs: number): boolean;
  /** The namespaces that cannot be read, and why. */
  unfollowed(): Iterable<readonly [namespace: string, why: string]>;
}

export function sourceCheck({
  name,
  synced,
  problem,
}: Pick<Source, 'name' | 'synced' | 'problem'>): ProbeCheck {
  const state = synced ? 'was read whole' : 'was not read yet';
  const since = synced ? `${state}, before it could not be read any more` : state;
  return {
    name: `source ${name}`,
    fine: synced,
    detail: problem === undefined ? state : `${since}: ${problem.message}`,
  };
}

export function watchCheck(source: WatchedSource, nowMs: number): ProbeCheck {
  const cut = [...source.unfollowed()].map(([namespace]) =>
    namespace === '' ? 'the cluster' : `"${namespace}"`,
  );
  const others = cut.length === 0 ? '' : `; not followed, because it may not be read: ${cut.join(', ')}`;
  return {
    name: `source ${source.name}`,
    fine: source.synced,
    detail: `${watchText(source, nowMs)}${others}`,
  };
}

function watchText(source: WatchedSource, nowMs: number): string {
  const { synced, reflectors } = source;
  const open = reflectors.filter(({ forbidden }) => forbidden === undefined);
  const heard = (open.length > 0 ? open : reflectors).map(({ stats }) => stats.lastEventMs);
  if (!synced) {
    const some = heard.some((ms) => ms > 0) ? ' of some namespaces' : '';
    return `was not read yet; the API server has told nothing${some}`;
  }
  const ago = `${shortDuration(nowMs - Math.min(...heard))} ago`;
  if (source.isFollowing(nowMs))
    return `was read whole and is followed; the API server told something last ${ago}`;
  return `was read whole, before an outage: the watch is lost, and the copy is of what the API server told last, ${ago}`;
}
