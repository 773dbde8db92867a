/** What an apply came to, in words and as data. */
import type { InstanceStatus } from '../../core/instance-status.ts';
import { shortDuration } from '../../core/text/duration.ts';
import { visible } from '../../core/text/visible.ts';
import { count } from '../../core/text/words.ts';
import type { Palette } from '../output/palette.ts';
import type { CallCounts } from '../wiring/cloud-wiring.ts';
import type { Converged } from './converge.ts';

/** Instances that are named one by one; the rest is counted, and all are in `cvmsg get -o yaml`. */
const NAMED = 50;

export function summaryText(
  result: Converged,
  { palette, counts }: { readonly palette: Palette; readonly counts: CallCounts },
): string {
  const { convergence, remaining, written, elapsedMs } = result;
  const throttled = counts.throttled === 0 ? '' : `, ${counts.throttled} throttled`;
  const held = convergence.held === 0 ? '' : `, ${convergence.held} held`;
  const numbers =
    `${convergence.inSync}/${convergence.total} in sync${held}; ` +
    `${count(written, 'instance')} written, ${count(counts.calls, 'call')}${throttled}, ${shortDuration(elapsedMs)}`;
  const named = remaining.slice(0, NAMED).map((one) => `  ${palette.bad('!')} ${remainingText(one)}\n`);
  const rest = remaining.length > NAMED ? `  and ${remaining.length - NAMED} more\n` : '';
  return `${headline(result, palette)} ${numbers}.\n${named.join('')}${rest}`;
}

function headline({ end, remaining }: Converged, palette: Palette): string {
  switch (end) {
    case 'interrupted':
      return palette.changed('Interrupted; the calls in flight were finished.');
    case 'timeout':
      return palette.bad(`Time is up; ${count(remaining.length, 'instance')} not converged.`);
    case 'done':
      return remaining.length === 0
        ? palette.good('All in sync.')
        : palette.bad(`${count(remaining.length, 'instance')} not converged.`);
    default:
      return end satisfies never;
  }
}

function remainingText({ instanceId, state, reason, message, requestId }: InstanceStatus): string {
  const request = requestId === undefined || requestId === '' ? '' : ` (request ${requestId})`;
  return `${instanceId}  ${state}  ${reason}${message === '' ? '' : `: ${visible(message)}`}${request}`;
}

export function summaryData(result: Converged, counts: CallCounts): unknown {
  const { end, convergence, written, elapsedMs, remaining } = result;
  return {
    end,
    instances: convergence.total,
    inSync: convergence.inSync,
    held: convergence.held,
    written,
    calls: counts.calls,
    throttled: counts.throttled,
    elapsedMs,
    notConverged: remaining,
  };
}
