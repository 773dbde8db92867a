/** What must hold at every step of every history; each check hangs on the event that could break it. */

import type { ObservedInstance } from '../../src/core/model.ts';
import type { GroupListWrite } from '../../src/ports/cloud.ts';
import type { BindingStatus } from '../../src/ports/status.ts';
import type { ListChange } from '../../src/simulator/state.ts';
import { AllowedLists, type InForce } from './model-revision.ts';
import { OriginalLists } from './original-lists.ts';
import type { World } from './world.ts';

/** A revision is read within a poll and a write may be under way for as long as a call may take. */
const GRACE_MS = 30_000;
const WRITE_ACTIONS = ['ModifySecurityGroupsOfInstance', 'ModifyInstancesAttribute'];

/** As long as this a read may show an older list; a second write of the same list within it was not needed. */
const STALE_MS = 50_000;

interface AcceptedWrite {
  readonly list: string;
  readonly atMs: number;
  /** What had been read of the instance before. */
  readonly seen: ReadonlySet<string>;
  /** A list that it overwrote and that had not been read. */
  readonly unseen: string | undefined;
}

interface LastChange extends ListChange {
  /** By the process that holds the state. */
  readonly byUs: boolean;
}

export class Invariants {
  readonly violations: string[] = [];
  readonly #world: World;
  readonly #originals: OriginalLists;
  readonly #allowed: AllowedLists;
  /** What is declared of each instance now. */
  #declared = new Map<string, string>();
  /** When each write left, and what had been read back before. */
  readonly #inFlight = new Map<string, { readonly atMs: number; readonly readBack: string | undefined }>();
  /** What was last read of each instance since we last wrote it. */
  readonly #readBack = new Map<string, string>();
  /** Every list that was read of each instance since a write of it was read back. */
  readonly #seen = new Map<string, Set<string>>();
  readonly #accepted = new Map<string, AcceptedWrite>();
  readonly #lastChange = new Map<string, LastChange>();
  /** What a command may write, by instance. */
  /** The lists of each command: what two of them may write ends with the later one. */
  readonly #commanded = new Set<ReadonlyMap<string, string>>();

  /** @param loose whether selectors decide who is declared. */
  constructor(world: World, loose = false) {
    this.#world = world;
    this.#originals = new OriginalLists(
      // What somebody invented has no list.
      (id) => world.simulator.state.instance(id)?.securityGroupIds ?? [],
      loose,
    );
    this.#allowed = new AllowedLists(GRACE_MS, this.#originals);
    world.simulator.state.onChange((change) => this.#changed(change));
  }

  /** Tells what is declared from now on. @param obeyed older forms that the engine goes by as long as it can read no newer one. */
  declared(inForce: readonly InForce[], obeyed: readonly InForce[] = []): void {
    const nowMs = this.#world.clock.now();
    this.#allowed.declare(inForce, nowMs);
    this.#allowed.allow(obeyed, nowMs);
    this.#declared = new Map(
      inForce.flatMap(({ instanceIds, sgIds }) => instanceIds.map((id) => [id, sgIds.join(' ')] as const)),
    );
  }

  /** A command may write these lists until the returned function is called, and what it had sent may arrive a while later. */
  commanded(lists: ReadonlyMap<string, string>): () => void {
    this.#commanded.add(lists);
    return () => {
      this.#world.clock.setTimer(GRACE_MS, () => this.#commanded.delete(lists));
    };
  }

  /** The process is paused from now on. */
  paused(ms: number): void {
    this.#allowed.paused(this.#world.clock.now(), ms);
  }

  /** A write call leaves: none of its instances may be in another one. */
  sent(writes: readonly GroupListWrite[]): void {
    for (const { instanceId: id, sgIds } of writes) {
      if (this.#inFlight.has(id)) this.violate(`${id} was handed out twice at once`);
      this.#inFlight.set(id, { atMs: this.#world.clock.now(), readBack: this.#readBack.get(id) });
      this.#checkNeeded(id, sgIds.join(' '));
      this.#readBack.delete(id);
    }
  }

  returned(writes: readonly GroupListWrite[], accepted: boolean): void {
    for (const { instanceId: id, sgIds } of writes) {
      const sent = this.#inFlight.get(id);
      this.#inFlight.delete(id);
      this.#readBack.delete(id);
      // What was refused and changed nothing leaves what was read before as true as it was.
      const changed = (this.#lastChange.get(id)?.timeMs ?? 0) >= (sent?.atMs ?? 0);
      if (!accepted && !changed && sent?.readBack !== undefined) this.#readBack.set(id, sent.readBack);
      const overwritten = this.#lastChange.get(id)?.before.join(' ');
      const write = {
        unseen: changed && overwritten !== sent?.readBack ? overwritten : undefined,
        list: sgIds.join(' '),
        atMs: this.#world.clock.now(),
        seen: new Set(this.#seen.get(id)),
      };
      if (accepted) this.#accepted.set(id, write);
      else this.#accepted.delete(id);
    }
  }

  /** A command sends with the state of the engine: until it is accepted nobody knows what the engine's own last write left. */
  commandSent(writes: readonly GroupListWrite[]): void {
    for (const { instanceId } of writes) this.#accepted.delete(instanceId);
  }

  /** What it had accepted is in the journal, so the engine goes by that, and no read that may be late says otherwise. */
  commandReturned(writes: readonly GroupListWrite[]): void {
    const atMs = this.#world.clock.now();
    for (const { instanceId: id, sgIds } of writes) {
      const seen = new Set(this.#seen.get(id));
      this.#accepted.set(id, { list: sgIds.join(' '), atMs, seen, unseen: undefined });
    }
  }

  read(instances: readonly ObservedInstance[]): void {
    for (const { instanceId, sgIds } of instances) {
      const list = sgIds.join(' ');
      this.#readBack.set(instanceId, list);
      const known = this.#accepted.get(instanceId)?.list === list ? undefined : this.#seen.get(instanceId);
      this.#seen.set(instanceId, (known ?? new Set()).add(list));
    }
  }

  /** The process that had sent and read them is gone, and with it how its last writes ended. */
  forgetProcess(): void {
    for (const id of this.#inFlight.keys()) this.#accepted.delete(id);
    this.#inFlight.clear();
    this.#readBack.clear();
  }

  /** An accepted write is not repeated while its list stands. */
  #checkNeeded(id: string, list: string): void {
    const last = this.#accepted.get(id);
    if (last === undefined || last.list !== list || this.#world.clock.now() - last.atMs > STALE_MS) return;
    if (this.#world.simulator.state.instance(id)?.securityGroupIds.join(' ') !== list) return;
    if ((this.#lastChange.get(id)?.timeMs ?? 0) > last.atMs) return;
    // A late read of a list that somebody else had set unseen cannot be told from one that was set since.
    const shown = this.#readBack.get(id);
    if (shown !== undefined && (shown === last.unseen || !last.seen.has(shown))) return;
    this.violate(`${id} was written twice without need`);
  }

  /** An instance that is said to be in sync may have been changed by others since it was read, but never by us. */
  published(statuses: readonly BindingStatus[]): void {
    for (const status of statuses) {
      for (const instance of status.instances) {
        if (instance.state !== 'InSync') continue;
        const declared = status.sgIds.join(' ');
        const seen = this.#readBack.get(instance.instanceId);
        if (seen !== declared) {
          this.violate(
            `${instance.instanceId} is said to be in sync, and ${seen ?? 'nothing'} was read back`,
          );
        }
        const { state } = this.#world.simulator;
        const truth = state.instance(instance.instanceId)?.securityGroupIds.join(' ');
        // It is gone, which no read has told yet.
        if (truth === undefined) continue;
        if (this.#lastChange.get(instance.instanceId)?.byUs === true && truth !== declared) {
          this.violate(`${instance.instanceId} is said to be in sync with ${declared} and is ${truth}`);
        }
      }
    }
  }

  #changed(change: ListChange): void {
    const byUs = WRITE_ACTIONS.includes(change.action) && this.#world.wire.sender === 'holder';
    this.#lastChange.set(change.instanceId, { ...change, byUs });
    this.#checkWrite(change);
    if (byUs) this.#world.promises?.arrived(change);
    const list = change.after.join(' ');
    this.#originals.changed(
      change.instanceId,
      change.after,
      byUs && this.#declared.get(change.instanceId) === list,
    );
  }

  #checkWrite(change: ListChange): void {
    if (!WRITE_ACTIONS.includes(change.action)) return;
    const { instanceId, after } = change;
    const nowMs = this.#world.clock.now();
    const { sender } = this.#world.wire;
    this.#world.tell(
      `cloud: ${instanceId} [${change.before.join(' ')}] -> [${after.join(' ')}] by the ${sender}`,
    );
    // It was looked at when it left, and nobody can call it back.
    if (sender === 'copy') return;
    if ([...this.#commanded].some((lists) => lists.get(instanceId) === after.join(' '))) return;
    if (sender === 'other')
      this.violate(`${instanceId} was set to ${after.join(' ')} by a command that was not told to`);
    else if (!this.#allowed.permits(instanceId, after, nowMs)) {
      this.violate(`${instanceId} was set to ${after.join(' ')}, which nobody declares`);
    }
  }

  violate(what: string): void {
    this.#world.tell(`VIOLATION ${what}`);
    this.violations.push(what);
  }
}
