/** What drift opens and closes, by the rules that its groups have in the cloud of the demo. */
import { CompiledRules } from '../../core/firewall/compiled-rules.ts';
import { trafficChanges } from '../../core/firewall/traffic-changes.ts';
import { trafficLines } from '../../core/firewall/traffic-text.ts';
import type { GroupList } from '../../core/model.ts';
import { visible } from '../../core/text/visible.ts';
import type { DemoWorld } from './demo-world.ts';
import type { Drift } from './make-drift.ts';

/** One line for each change. Rejects only when the signal aborts. */
export async function driftTraffic(
  { board, ruleReaders }: Pick<DemoWorld, 'board' | 'ruleReaders'>,
  { instanceId, was, made }: Drift,
  signal: AbortSignal,
): Promise<string[]> {
  const owner = board.all().find(({ instances }) => instances.some((one) => one.instanceId === instanceId));
  if (owner === undefined) return [];
  const [before, after] = [was as GroupList, made as GroupList];
  const reading = await ruleReaders.rules(owner.scope).readRules([...before, ...after], signal);
  if (!reading.ok) return [visible(`the rules could not be read: ${reading.error.code}`)];
  const { book } = reading;
  const report = trafficChanges(new CompiledRules(book), [{ before, after }]);
  return trafficLines(report, { groups: book.groups }).map(visible);
}
