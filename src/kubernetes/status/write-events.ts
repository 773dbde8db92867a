/** Events for what was written to the instances of an object, for approvals that were used, and for drift that was found and repaired. */
import { permitText } from '../../api/permit.ts';
import { trafficNote } from '../../core/firewall/traffic-note.ts';
import type { GroupList } from '../../core/model.ts';
import { count, listText, someOf } from '../../core/text/words.ts';
import type { WriteCause } from '../../ports/journal.ts';
import type { BindingWrites, WriteRecorder } from '../../ports/writes.ts';
import type { EventOf, EventWriter } from './event-writer.ts';

const WHY: Readonly<Record<WriteCause, string>> = {
  declared: 'a change was declared',
  'first-seen': 'a difference was found',
  drift: 'drift was found',
  restored: 'the list from before is put back',
  'rolled-back': 'an earlier list is put back',
};

export class WriteEvents implements WriteRecorder {
  readonly #events: Pick<EventWriter, 'write'>;

  constructor(events: Pick<EventWriter, 'write'>) {
    this.#events = events;
  }

  written(writes: BindingWrites): void {
    const { cause, permit, lists, changes } = writes;
    // Each of these is told when it is over.
    if (cause === 'restored') return;
    const { sentences } = trafficNote(changes);
    const effects = sentences.map((sentence) => `; ${sentence}`).join('');
    const note = `${WHY[cause]}: ${whose(writes)} got ${listsText(lists.map(({ after }) => after))}${effects}`;
    this.#write(writes, { type: 'Normal', reason: 'Written', note });
    if (permit?.approvedBy === undefined) return;
    const { approvedBy } = permit;
    const approval = `writes pass as ${permitText({ approvedBy })}`;
    this.#write(writes, { type: 'Normal', reason: 'ApprovalUsed', note: approval });
  }

  driftFound(writes: BindingWrites, isRepaired: boolean): void {
    const found = writes.lists.map(({ before }) => before);
    const the = new Set(found.map((list) => listText(list))).size === 1 ? 'the list' : 'the lists';
    const end = isRepaired ? readBack(writes) : 'the repair is not read back yet';
    const note = `somebody gave ${whose(writes)} ${the} ${listsText(found)}; ${end}`;
    this.#write(writes, { type: 'Warning', reason: 'DriftFound', note });
  }

  driftRepaired(writes: BindingWrites): void {
    const note = `${whose(writes)} ${readBack(writes)}`;
    this.#write(writes, { type: 'Normal', reason: 'DriftRepaired', note });
  }

  #write({ binding, origin }: BindingWrites, event: Pick<EventOf, 'type' | 'reason' | 'note'>): void {
    if (origin.kind !== 'kubernetes') return;
    const [namespace = '', name = ''] = binding.split('/');
    this.#events.write({ ...event, namespace, name, uid: origin.uid });
  }
}

function whose({ instanceIds }: BindingWrites): string {
  return `${count(instanceIds.length, 'instance')} (${someOf(instanceIds)})`;
}

function readBack({ lists }: BindingWrites): string {
  return `repaired: read back as ${listsText(lists.map(({ after }) => after))}`;
}

/** Each of them once, the first few. */
function listsText(lists: readonly GroupList[]): string {
  return someOf([...new Set(lists.map((list) => listText(list)))]);
}
