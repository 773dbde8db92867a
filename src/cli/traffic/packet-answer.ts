/** Whether a list allows one packet, for people and for programs. */
import type { Packet, PacketDecision } from '../../core/firewall/packet.ts';
import type { Direction, RuleBook, RuleRef } from '../../core/firewall/rules.ts';
import { ruleName, unknownText } from '../../core/firewall/traffic-text.ts';
import { visible } from '../../core/text/visible.ts';
import type { Palette } from '../output/palette.ts';
import { serviceText } from './question.ts';

export interface PacketAnswer {
  readonly packet: Packet;
  readonly decision: PacketDecision;
  readonly book: RuleBook;
}

const LABEL_WIDTH = 11;

/** Lines below a heading that says whose list it is. */
export function packetLines({ packet, decision, book }: PacketAnswer, palette: Palette): string[] {
  const { direction, address } = packet;
  const way = direction === 'ingress' ? 'from' : 'to';
  const may = mayDecideTexts(decision.mayDecide, { direction, book });
  return [
    line('traffic', `${serviceText(packet)} ${way} ${address}`),
    line('answer', answerText(decision, palette)),
    ...may.map((text, index) => line(index === 0 ? 'may decide' : '', text)),
    line(may.length === 0 ? 'decided by' : 'else', decidedBy(decision.rule, { direction, book })),
  ];
}

function line(label: string, text: string): string {
  return `  ${label.padEnd(LABEL_WIDTH)} ${text}`;
}

function answerText({ outcome, dependsOn }: PacketDecision, palette: Palette): string {
  switch (outcome) {
    case 'allowed':
      return palette.good('allowed');
    case 'refused':
      return palette.bad('refused');
    case 'depends':
      return `${palette.changed('depends')} on ${visible(dependsOn.map(unknownText).join(', '))}`;
    default:
      return outcome satisfies never;
  }
}

interface RulePlace {
  readonly direction: Direction;
  readonly book: RuleBook;
}

function decidedBy(rule: RuleRef | undefined, { direction, book }: RulePlace): string {
  if (rule === undefined) return 'no rule: what no rule holds is refused';
  return visible(ruleName(rule, direction, book.groups));
}

/** A group of which nothing is known may accept and may drop, and is told once. */
function mayDecideTexts(
  rules: PacketDecision['mayDecide'],
  { direction, book }: RulePlace,
): readonly string[] {
  const texts = rules.map(({ sgId, index }) =>
    index === undefined
      ? visible(unreadText(sgId, book))
      : visible(ruleName({ sgId, index }, direction, book.groups)),
  );
  return [...new Set(texts)];
}

function unreadText(sgId: PacketDecision['mayDecide'][number]['sgId'], { groups }: RuleBook): string {
  const group = groups.get(sgId);
  const why = group !== undefined && 'unreadable' in group ? ` (${group.unreadable})` : '';
  return `${sgId}: its rules could not be read${why}`;
}

/** For programs; a rule has the texts of the cloud. */
export function packetData({ packet, decision, book }: PacketAnswer): Readonly<Record<string, unknown>> {
  const { rule, mayDecide, outcome, dependsOn } = decision;
  const textsOf = ({ sgId, index }: Partial<RuleRef>) => {
    const group = sgId === undefined ? undefined : book.groups.get(sgId);
    if (group === undefined || index === undefined || 'unreadable' in group) return {};
    return { ...group[packet.direction][index] };
  };
  return {
    ...packet,
    outcome,
    rule: rule === undefined ? null : { ...rule, ...textsOf(rule) },
    mayDecide: mayDecide.map((one) => ({ ...one, ...textsOf(one) })),
    dependsOn,
  };
}
