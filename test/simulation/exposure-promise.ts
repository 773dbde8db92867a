/**
 * What rules of exposure promise, written a second time: no write opens what they forbid by the rules that the engine read
 * last, and it read them within a sweep before the write. What failed to be read stays as it was before.
 */
import type { SecurityGroupId } from '../../src/api/ids.ts';
import type { GroupRules } from '../../src/core/firewall/rules.ts';
import type { ExposureRule } from '../../src/core/policy.ts';
import { DEFAULT_SETTINGS } from '../../src/core/settings.ts';
import type { RuleReader, RuleReaders } from '../../src/ports/rules.ts';
import { inPrefix, naivelyAccepts } from '../firewall/naive.ts';
import { PACKET_PORTS, PACKETS } from './draw-rules.ts';
import type { World } from './world.ts';

/** Rules as the engine was told them last. */
interface Told {
  readonly rules: GroupRules;
  /** What it was told before that. */
  readonly earlier: GroupRules;
  readonly triedMs: number;
  /** The last try failed for now. */
  readonly failed: boolean;
}

interface Change {
  readonly region: string;
  readonly before: readonly string[];
  readonly after: readonly string[];
}

type Naive = GroupRules & { readonly id: string };
type RulesOf = (sgId: string) => GroupRules;

const NEVER_READ: GroupRules = { unreadable: 'never read' };

export class ExposurePromise {
  readonly mode: 'auto' | 'require';
  readonly #world: World;
  /** By region and group. */
  readonly #told = new Map<string, Told>();

  constructor(world: World, mode: 'auto' | 'require') {
    this.#world = world;
    this.mode = mode;
  }

  /** The process has ended. */
  forget(): void {
    this.#told.clear();
  }

  /** Watches the rules that the engine is told. */
  watch(readers: RuleReaders): RuleReaders {
    return {
      rules: (scope): RuleReader => ({
        readRules: async (sgIds, ...rest) => {
          const asked = [...sgIds];
          const reading = await readers.rules(scope).readRules(asked, ...rest);
          for (const sgId of asked) {
            const rules = reading.ok ? reading.book.groups.get(sgId) : undefined;
            this.#hear(`${scope.region} ${sgId}`, rules ?? { ...NEVER_READ, passing: true });
          }
          return reading;
        },
        readReferrers: (...asked) => readers.rules(scope).readReferrers(...asked),
      }),
    };
  }

  #hear(key: string, rules: GroupRules): void {
    const before = this.#told.get(key);
    const failed = 'unreadable' in rules && rules.passing === true;
    const inForce = failed ? (before?.rules ?? rules) : rules;
    const triedMs = this.#world.clock.now();
    this.#told.set(key, { rules: inForce, earlier: before?.rules ?? inForce, triedMs, failed });
  }

  /** Why a write breaks one of these rules, which are about its instance; undefined when it does not. */
  breach(rules: readonly ExposureRule[], change: Change, approved: boolean): string | undefined {
    if (rules.length === 0 && this.mode === 'auto') return undefined;
    const told = groupsOf(change).map((sgId) => this.#told.get(`${change.region} ${sgId}`));
    const sinceMs = this.#world.clock.now() - DEFAULT_SETTINGS.sweepIntervalMs;
    if (told.some((one) => one === undefined || one.triedMs <= sinceMs))
      return 'is written by rules that were read long ago';
    // Then the engine may take it for unreadable as well, which lets it pass.
    if (this.mode === 'auto' && told.some((one) => one?.failed)) return undefined;
    const rulesOf = (sgId: string) => this.#told.get(`${change.region} ${sgId}`)?.rules ?? NEVER_READ;
    if (this.mode === 'require' && dependsOnUnreadable(change, rulesOf))
      return 'is written although nobody can tell what that opens';
    const broken = rules.find(
      (rule) => !(approved && rule.approval === 'allow') && opens(rule, change, rulesOf),
    );
    return broken === undefined ? undefined : `opens what "${broken.name}" forbids`;
  }

  /** Whether a repair closes what somebody has opened, by what the engine may have known when it asked. */
  closes(rules: readonly ExposureRule[], { region, before, after }: Change): boolean {
    const back = { region, before: after, after: before };
    return [
      (sgId: string) => this.#told.get(`${region} ${sgId}`)?.rules ?? NEVER_READ,
      (sgId: string) => this.#told.get(`${region} ${sgId}`)?.earlier ?? NEVER_READ,
    ].some((rulesOf) => rules.some((rule) => opens(rule, back, rulesOf)));
  }

  /** Whether a change is refused for good by the rules as they truly are. */
  refuses(rules: readonly ExposureRule[], change: Change): boolean {
    const { state } = this.#world.simulator;
    const groups = new Map(
      state.groups('default', change.region).map((group) => [group.securityGroupId, group]),
    );
    const rulesOf = (sgId: string): GroupRules => {
      const group = groups.get(sgId);
      return group === undefined ? NEVER_READ : { ingress: (group.ingress ?? []).map(lower), egress: [] };
    };
    // What leaves is told by its rules as well, and by those of IPv6, which no packet here has.
    if (this.mode === 'require' && groupsOf(change).some((sgId) => !groups.has(sgId))) return true;
    return rules.some((rule) => rule.approval === 'deny' && opens(rule, change, rulesOf));
  }
}

function lower<R extends { readonly protocol?: string }>(rule: R): R {
  return rule.protocol === undefined ? rule : { ...rule, protocol: rule.protocol.toLowerCase() };
}

function groupsOf({ before, after }: Change): SecurityGroupId[] {
  return [...new Set([...before, ...after])] as SecurityGroupId[];
}

/** What happens to one packet in every world of what nobody knows: of members (outer) and of rules that cannot be read (inner). */
function* outcomes(
  { before, after }: Change,
  rulesOf: RulesOf,
  packet: { readonly address: bigint; readonly port: number },
): Generator<readonly ('opens' | 'closes' | 'same')[], void> {
  const lists = [before, after].map((list) => list.map((id): Naive => ({ ...rulesOf(id), id })));
  const all = lists.flat();
  const members = new Set(
    all.flatMap((group) =>
      'unreadable' in group ? [] : group.ingress.flatMap((rule) => rule.securityGroupId ?? []),
    ),
  );
  const unread = new Set(
    all.flatMap((group) => ('unreadable' in group ? [`${group.id} accepts`, `${group.id} drops`] : [])),
  );
  const full = { direction: 'ingress', family: 'ipv4', protocol: 'tcp', ...packet } as const;
  for (const outer of subsets([...members])) {
    yield [...subsets([...unread])].map((inner) => {
      const [was, is] = lists.map((list) =>
        naivelyAccepts(list, full, (name) => outer.has(name) || inner.has(name)),
      );
      return was === is ? 'same' : is ? 'opens' : 'closes';
    });
  }
}

function dependsOnUnreadable(change: Change, rulesOf: RulesOf): boolean {
  return PACKETS.some((packet) => isUncertain([...outcomes(change, rulesOf, packet)]));
}

/** Whether what happens depends on rules that cannot be read. */
function isUncertain(worlds: readonly (readonly string[])[]): boolean {
  return worlds.some((ends) => new Set(ends).size > 1);
}

function opens(rule: ExposureRule, change: Change, rulesOf: RulesOf): boolean {
  return PACKETS.filter((packet) => isForbidden(rule, packet)).some((packet) => {
    const worlds = [...outcomes(change, rulesOf, packet)];
    if (isUncertain(worlds)) return false;
    const opened = worlds.filter(([end]) => end === 'opens').length;
    return rule.conditional === 'deny' ? opened > 0 : opened === worlds.length;
  });
}

function isForbidden(
  { services = PACKET_PORTS.map((port) => `tcp/${port}`), addresses, except }: ExposureRule,
  { address, port }: { readonly address: bigint; readonly port: number },
): boolean {
  return (
    services.includes(`tcp/${port}`) &&
    addresses.some((text) => inPrefix(text, address)) &&
    !except.some((text) => inPrefix(text, address))
  );
}

function* subsets(names: readonly string[]): Generator<ReadonlySet<string>, void> {
  for (let bits = 0; bits < 2 ** names.length; bits++)
    yield new Set(names.filter((_, at) => (bits >> at) & 1));
}
