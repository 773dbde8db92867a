/** `cvmsg traffic`: what a list of groups allows. */
import type { InstanceId } from '../../api/ids.ts';
import { pacedCall } from '../../cloud/paced-call.ts';
import type { CloudError } from '../../core/cloud-error.ts';
import { CompiledRules } from '../../core/firewall/compiled-rules.ts';
import { decidePacket, type Packet, type PacketDecision } from '../../core/firewall/packet.ts';
import type { Direction, RuleBook, RuleRef } from '../../core/firewall/rules.ts';
import { ruleName, unknownText } from '../../core/firewall/traffic-text.ts';
import { type GroupList, isReadable, type Scope, scopeKey } from '../../core/model.ts';
import { visible } from '../../core/text/visible.ts';
import { listText } from '../../core/text/words.ts';
import { systemClock } from '../../runtime/clock.ts';
import { QuotaBucket } from '../../runtime/quota-bucket.ts';
import { systemRandom } from '../../runtime/random.ts';
import { CliError } from '../cli-error.ts';
import type { CommandContext } from '../command.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { createLogger } from '../logging/logger.ts';
import type { Palette } from '../output/palette.ts';
import { structured } from '../output/structured.ts';
import { unreachableText } from '../plan/unreachable-text.ts';
import { onStopSignals } from '../signals.ts';
import { type ChangeRules, readChangeRules, unreadableGroups, unreadText } from '../wiring/change-rules.ts';
import { type CloudWiring, wireCloud } from '../wiring/cloud-wiring.ts';
import { changeAnswer, changeData, changeLines, changesAnything } from './change-answer.ts';
import { type Question, readQuestion, serviceText, type TrafficFlags } from './question.ts';

export async function performTraffic(
  context: CommandContext,
  { args, flags }: { readonly args: readonly string[]; readonly flags: TrafficFlags },
): Promise<ExitCode> {
  const { io } = context;
  const question = readQuestion(args[0], flags, io.env);
  if (question.doubt !== undefined) io.stderr.write(`warning: --region: ${question.doubt}\n`);
  const stop = new AbortController();
  const forget = onStopSignals({
    onFirst: () => stop.abort(),
    onSecond: () => process.exit(EXIT.interrupted),
  });
  try {
    await using cloud = wireCloud(context, createLogger(context));
    const facts = await readFacts(context, { cloud, question, signal: stop.signal });
    const { lines, data, code } = answer(context, question, facts);
    await tell(context, question, { ...facts, lines, data });
    return code;
  } catch (error) {
    if (stop.signal.aborted) return EXIT.interrupted;
    throw error;
  } finally {
    forget();
  }
}

/** What the cloud said. */
interface Facts {
  readonly list: GroupList;
  readonly rules: ChangeRules;
}

interface Asking {
  readonly cloud: CloudWiring;
  readonly question: Question;
  readonly signal: AbortSignal;
}

async function readFacts(context: CommandContext, asking: Asking): Promise<Facts> {
  const { cloud, question, signal } = asking;
  const { subject, about, region } = question;
  const scope: Scope = { account: 'default', region };
  const list = 'list' in subject ? subject.list : await observedList(context, subject.instanceId, asking);
  const after = 'after' in about ? about.after : list;
  const reader = cloud.ruleReaders.rules(scope);
  const reading = await readChangeRules(reader, [{ before: list, after }], { signal });
  if (!reading.ok) throw unreachable(context, scope, reading.error);
  return { list, rules: reading.rules };
}

/** @throws CliError for an instance that is not there or cannot be read. */
async function observedList(
  context: CommandContext,
  instanceId: InstanceId,
  { cloud, question: { region }, signal }: Asking,
): Promise<GroupList> {
  const client = cloud.provider.client({ account: 'default', region });
  const bucket = new QuotaBucket({ limit: context.globals.readsPerSecond });
  const read = await pacedCall((inner) => client.describeInstances([instanceId], inner), {
    clock: systemClock,
    random: systemRandom,
    bucket,
    signal,
  });
  if (!read.ok) throw unreachable(context, client.scope, read.error);
  const [instance] = read.value;
  if (instance === undefined) {
    throw new CliError(
      `${instanceId} is not in ${region}, or not of this account; --region names another one`,
    );
  }
  if (isReadable(instance)) return instance.sgIds;
  throw new CliError(`what the cloud says of ${instanceId} cannot be used: ${visible(instance.unreadable)}`);
}

function unreachable(context: CommandContext, scope: Scope, error: CloudError): CliError {
  return new CliError(visible(unreachableText(context, { scope: scopeKey(scope), error })));
}

interface Answer {
  readonly lines: readonly string[];
  readonly data: Readonly<Record<string, unknown>>;
  readonly code: ExitCode;
}

function answer({ palette }: CommandContext, { about }: Question, { list, rules }: Facts): Answer {
  if ('after' in about) {
    const change = changeAnswer(rules, { before: list, after: about.after });
    return {
      lines: changeLines(change),
      data: changeData(change),
      code: changesAnything(change) ? EXIT.changes : EXIT.ok,
    };
  }
  const { packet } = about;
  const { book } = rules;
  const asked = { packet, book, decision: decidePacket(new CompiledRules(book), list, packet) };
  return {
    lines: packetLines(asked, palette),
    data: packetData(asked),
    code: asked.decision.outcome === 'allowed' ? EXIT.ok : EXIT.changes,
  };
}

async function tell(
  { io, globals, palette }: CommandContext,
  { subject, about, region }: Question,
  { list, rules, lines, data }: Facts & Omit<Answer, 'code'>,
): Promise<void> {
  const after = 'after' in about ? { after: about.after } : {};
  if (globals.output === 'json' || globals.output === 'yaml') {
    const named = 'instanceId' in subject ? { instanceId: subject.instanceId } : {};
    const { groups, unread } = rules;
    const value = { ...named, region, list, ...after, ...data, unreadable: unreadableGroups(groups), unread };
    io.stdout.write(await structured(value, globals.output));
    return;
  }
  for (const one of rules.unread) io.stderr.write(`warning: ${unreadText(one)}\n`);
  const whose = 'instanceId' in subject ? subject.instanceId : 'a list';
  const lists = 'after' in about ? `${listText(list)} → ${listText(about.after)}` : listText(list);
  io.stdout.write(`${[`${palette.strong(whose)}  ${region}  ${lists}`, ...lines].join('\n')}\n`);
}

// Whether a list allows one packet, for people and for programs.

interface PacketAnswer {
  readonly packet: Packet;
  readonly decision: PacketDecision;
  readonly book: RuleBook;
}

const LABEL_WIDTH = 11;

/** Lines below a heading that says whose list it is. */
function packetLines({ packet, decision, book }: PacketAnswer, palette: Palette): string[] {
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
      ? visible(whyUnread(sgId, book))
      : visible(ruleName({ sgId, index }, direction, book.groups)),
  );
  return [...new Set(texts)];
}

function whyUnread(sgId: PacketDecision['mayDecide'][number]['sgId'], { groups }: RuleBook): string {
  const group = groups.get(sgId);
  const why = group !== undefined && 'unreadable' in group ? ` (${group.unreadable})` : '';
  return `${sgId}: its rules could not be read${why}`;
}

/** For programs; a rule has the texts of the cloud. */
function packetData({ packet, decision, book }: PacketAnswer): Readonly<Record<string, unknown>> {
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
