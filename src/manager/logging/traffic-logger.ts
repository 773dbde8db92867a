/** Tells the log what drift, writes and changed rules have opened and closed. */
import { opensAnything, trafficNote } from '../../core/firewall/traffic-note.ts';
import { scopeKey } from '../../core/model.ts';
import { count, idRanges, someOf } from '../../core/text/words.ts';
import type { DriftTraffic, RuleTraffic, TrafficRecorder, WriteTraffic } from '../../ports/traffic.ts';
import type { Log } from '../../runtime/log.ts';

export class TrafficLogger implements TrafficRecorder {
  readonly #log: Log;

  constructor(log: Log) {
    this.#log = log;
  }

  drifted({ binding, scope, instanceIds, declared, observed, changes, sinceMs }: DriftTraffic): void {
    const { sentences } = trafficNote(changes, { past: true });
    const since = sinceMs === undefined ? {} : { since: new Date(sinceMs).toISOString() };
    const earliest = 'since' in since ? `, since ${since.since} at the earliest` : '';
    const fields = {
      reason: 'DriftChangedTraffic',
      binding,
      instanceIds,
      scope: scopeKey(scope),
      declared,
      observed,
      ...since,
      traffic: sentences,
    };
    this.#log[opensAnything(changes) ? 'warn' : 'info'](
      fields,
      `drift in ${count(instanceIds.length, 'instance')} (${someOf(instanceIds)}) ${sentences.join('; ')}${earliest}`,
    );
  }

  written({ binding, instanceIds, journalIds, changes }: WriteTraffic): void {
    const { sentences } = trafficNote(changes);
    this.#log.info(
      { binding, instanceIds, journal: idRanges(journalIds), traffic: sentences },
      `the write of ${count(instanceIds.length, 'instance')} (${someOf(instanceIds)}) ${sentences.join('; ')}`,
    );
  }

  rulesChanged({ binding, scope, instanceIds, list, changedGroups, changes }: RuleTraffic): void {
    const { sentences } = trafficNote(changes, { past: true });
    const fields = {
      reason: 'RulesChanged',
      binding,
      instanceIds,
      scope: scopeKey(scope),
      list,
      groups: changedGroups,
      traffic: sentences,
    };
    this.#log[opensAnything(changes) ? 'warn' : 'info'](
      fields,
      `changed rules of ${someOf(changedGroups)} in ${count(instanceIds.length, 'instance')} (${someOf(instanceIds)}): ${sentences.join('; ')}`,
    );
  }
}
