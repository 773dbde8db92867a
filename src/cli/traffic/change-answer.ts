/** What a change of a list opens and closes, for people and for programs. */
import { CompiledRules } from '../../core/firewall/compiled-rules.ts';
import { type MembershipEffect, membershipEffects } from '../../core/firewall/membership.ts';
import type { RuleBook } from '../../core/firewall/rules.ts';
import { type ListChange, type TrafficReport, trafficChanges } from '../../core/firewall/traffic-changes.ts';
import { membershipLine, trafficLines } from '../../core/firewall/traffic-text.ts';
import { visible } from '../../core/text/visible.ts';
import type { ChangeRules } from '../wiring/change-rules.ts';

export interface ChangeAnswer {
  readonly groups: RuleBook['groups'];
  readonly report: TrafficReport;
  /** What it changes for other machines, by the rules that were read. */
  readonly sideEffects: readonly MembershipEffect[];
}

export function changeAnswer({ book, groups }: ChangeRules, change: ListChange): ChangeAnswer {
  return {
    groups,
    report: trafficChanges(new CompiledRules(book), [change]),
    sideEffects: membershipEffects({ groups }, [change]),
  };
}

export function changesAnything({ report, sideEffects }: ChangeAnswer): boolean {
  return report.changes.length > 0 || sideEffects.length > 0;
}

/** Lines below a heading that says which list changes to which. */
export function changeLines({ groups, report, sideEffects }: ChangeAnswer): string[] {
  const options = { groups };
  const lines = [
    ...trafficLines(report, options),
    ...sideEffects.map((effect) => membershipLine(effect, options)),
  ].map((text) => `  ${visible(text)}`);
  return lines.length === 0 ? ['  no traffic changes: both are the same list'] : lines;
}

/** For programs: every address and service, which the lines cut. */
export function changeData({ report, sideEffects }: ChangeAnswer): Readonly<Record<string, unknown>> {
  // They are made when somebody reads them, and those of a program are read once.
  const changes = report.changes.map(({ instances: _, ...change }) => change);
  return { changes, sideEffects: sideEffects.map(({ instances: _, ...effect }) => effect) };
}
