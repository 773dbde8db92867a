/** Change windows: outside them drift repair and changes wait, and say until when. */
import type { Guard, GuardInput } from '../guard-port.ts';
import type { WindowState } from '../policy.ts';
import { rfc3339 } from '../rfc-3339.ts';
import { ruleFit } from '../rule-scope.ts';

/**
 * A deny window that is open defers; so does being outside every allow window that is about the instance. Where tags
 * were not read, a window is taken to hold back and not to let through. An emergency passes,
 * unless the policy refuses it.
 */
export const changeWindow: Guard = (input) => {
  const { binding, rules, wallMs } = input;
  if (binding.emergency !== undefined && binding.emergency.untilMs > wallMs) return undefined;
  if (rules.windows.length === 0) return undefined;
  const message = deniedText(input) ?? notAllowedText(input);
  if (message === undefined) return undefined;
  const { refusedEmergency } = binding;
  const refused =
    refusedEmergency === undefined || refusedEmergency.untilMs <= wallMs ? '' : `; ${refusedEmergency.why}`;
  return {
    guard: 'change-window',
    outcome: 'deferred',
    reason: 'OutsideWindow',
    message: `${message}${refused}`,
  };
};

function deniedText(input: GuardInput): string | undefined {
  const open = windowsOf(input, 'deny').filter((window) => window.open);
  const last = open.reduce<WindowState | undefined>(
    (latest, window) => (latest === undefined || boundaryMs(window) > boundaryMs(latest) ? window : latest),
    undefined,
  );
  if (last === undefined) return undefined;
  const until = last.untilMs === undefined ? 'for ever' : `until ${rfc3339(last.untilMs)}`;
  return `change window ${named(last)} denies changes ${until}: ${
    last.untilMs === undefined ? 'nothing is written' : 'nothing is written before'
  }`;
}

function notAllowedText(input: GuardInput): string | undefined {
  const windows = windowsOf(input, 'allow');
  if (windows.length === 0) return undefined;
  if (windows.some((window) => window.open && ruleFit(window.where, input) === 'yes')) return undefined;
  const unread = windows.find((window) => window.open);
  if (unread !== undefined) {
    return `change window ${named(unread)} asks for tags, and those of the instance were not read: nothing is written before they are`;
  }
  const next = windows.reduce((first, window) => (boundaryMs(window) < boundaryMs(first) ? window : first));
  return next.untilMs === undefined
    ? `changes are allowed in change window ${named(next)} only, which never opens again: nothing is written`
    : `changes are allowed in change window ${named(next)} only: not before ${rfc3339(next.untilMs)}`;
}

function windowsOf(input: GuardInput, effect: WindowState['effect']): readonly WindowState[] {
  return input.rules.windows.filter(
    (window) => window.effect === effect && ruleFit(window.where, input) !== 'no',
  );
}

function boundaryMs({ untilMs }: WindowState): number {
  return untilMs ?? Number.POSITIVE_INFINITY;
}

function named({ name, schedule, timeZone }: WindowState): string {
  return `"${name}" (${schedule}, ${timeZone})`;
}
