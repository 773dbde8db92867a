/** Events for what drift and changed rules have opened and closed: Warning where something was opened. */
import type { BindingKey } from '../../api/ids.ts';
import { opensAnything, trafficNote } from '../../core/firewall/traffic-note.ts';
import type { Origin } from '../../core/model.ts';
import { rfc3339Seconds } from '../../core/rfc-3339.ts';
import { count, listText, someOf } from '../../core/text/words.ts';
import type { DriftTraffic, RuleTraffic } from '../../ports/traffic.ts';
import type { EventOf, EventWriter } from './event-writer.ts';

export class TrafficEvents {
  readonly #events: Pick<EventWriter, 'write'>;

  constructor(events: Pick<EventWriter, 'write'>) {
    this.#events = events;
  }

  drifted({ binding, origin, instanceIds, changes, observed, sinceMs }: DriftTraffic): void {
    const { sentences } = trafficNote(changes, { past: true });
    const since = sinceMs === undefined ? '' : `, since ${rfc3339Seconds(sinceMs)} at the earliest`;
    this.#write(binding, origin, {
      type: opensAnything(changes) ? 'Warning' : 'Normal',
      reason: 'DriftChangedTraffic',
      note: `somebody gave ${count(instanceIds.length, 'instance')} (${someOf(instanceIds)}) the list ${listText(observed)}${since}: ${sentences.join('; ')}`,
    });
  }

  rulesChanged({ binding, origin, instanceIds, changes, changedGroups }: RuleTraffic): void {
    const { sentences } = trafficNote(changes, { past: true });
    this.#write(binding, origin, {
      type: opensAnything(changes) ? 'Warning' : 'Normal',
      reason: 'RulesChanged',
      note: `somebody changed the rules of ${someOf(changedGroups)}, which ${count(instanceIds.length, 'instance')} (${someOf(instanceIds)}) ${instanceIds.length === 1 ? 'has' : 'have'}: ${sentences.join('; ')}`,
    });
  }

  #write(binding: BindingKey, origin: Origin, event: Pick<EventOf, 'type' | 'reason' | 'note'>): void {
    if (origin.kind !== 'kubernetes') return;
    const [namespace = '', name = ''] = binding.split('/');
    this.#events.write({ ...event, namespace, name, uid: origin.uid });
  }
}
