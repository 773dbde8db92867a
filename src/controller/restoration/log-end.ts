/** Says in the log how a restoration ended. */
import type { RestorationEnd } from '../../core/restoration.ts';
import type { Log } from '../../runtime/log.ts';

export function logEnd(log: Log, { instanceId: instance, binding, outcome, message }: RestorationEnd): void {
  const fields = { instance, binding: binding.key, outcome };
  if (outcome === 'restored' || outcome === 'taken-over') log.info(fields, `restoring ended: ${message}`);
  else log.warn(fields, `the list from before is not restored, and the instance is let go: ${message}`);
}
