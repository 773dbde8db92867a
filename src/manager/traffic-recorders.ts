/** Tells several recorders of traffic: what one of them cannot keep, the others do all the same. */
import { messageOf } from '../api/message-of.ts';
import { opensAnything } from '../core/firewall/traffic-note.ts';
import type { DriftTraffic, RuleTraffic, TrafficRecorder, WriteTraffic } from '../ports/traffic.ts';
import type { Log } from '../runtime/log.ts';
import type { Telemetry } from '../runtime/telemetry.ts';

export interface TrafficRecordersOptions {
  readonly recorders: readonly Partial<TrafficRecorder>[];
  /** Absent: nothing is counted. */
  readonly telemetry?: Pick<Telemetry, 'driftOpened'>;
  readonly log: Log;
}

export class TrafficRecorders implements TrafficRecorder {
  readonly #options: TrafficRecordersOptions;

  constructor(options: TrafficRecordersOptions) {
    this.#options = options;
  }

  drifted(drift: DriftTraffic): void {
    if (opensAnything(drift.changes)) this.#options.telemetry?.driftOpened(drift.instanceIds.length);
    this.#each((recorder) => recorder.drifted?.(drift));
  }

  written(write: WriteTraffic): void {
    this.#each((recorder) => recorder.written?.(write));
  }

  rulesChanged(change: RuleTraffic): void {
    this.#each((recorder) => recorder.rulesChanged?.(change));
  }

  #each(tell: (recorder: Partial<TrafficRecorder>) => void): void {
    for (const recorder of this.#options.recorders) {
      try {
        tell(recorder);
      } catch (error) {
        this.#options.log.error({ error: messageOf(error) }, 'what changed traffic could not be recorded');
      }
    }
  }
}
