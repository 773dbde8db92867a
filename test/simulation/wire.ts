/**
 * The wires between the cloud and those who call it. It knows whose each request is, and can bring one twice, as a proxy does that asks
 * again, or a network that is slow.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Transport } from '../../src/runtime/transport.ts';
import { WRITE_ACTIONS } from '../../src/simulator/quotas.ts';
import type { World } from './world.ts';

/** `holder`: the process that holds the state file, `other`: a command beside it, `copy`: a request that arrives once more. */
export type Sender = 'holder' | 'other' | 'copy';

interface Request {
  readonly sender: Sender;
  /** Somebody else sends it once more, so nobody has room for it. */
  readonly again: boolean;
}

const WINDOW_MS = 1_000;
const WRITES_PER_WINDOW = 10;
const READS_PER_WINDOW = 40;
/** A copy comes at most so late. */
const LATEST_COPY_MS = 10_000;

export class Wire {
  readonly #world: World;
  readonly #requests = new AsyncLocalStorage<Request>();
  /** When the latest calls of a sender arrived, by action, account and region. */
  readonly #latest = new Map<string, number[]>();
  /** The most calls within one second, wherever its edges lie, by sender and action. */
  readonly #peaks = new Map<string, number>();
  #twice = { untilMs: Number.NEGATIVE_INFINITY, probability: 0 };

  constructor(world: World) {
    this.#world = world;
    world.simulator.calls.onCall(({ action, account, region, timeMs }) => {
      if (this.#requests.getStore()?.again === true) return;
      const peak = `${this.sender} ${action}`;
      const key = `${peak} ${account} ${region}`;
      const latest = [...(this.#latest.get(key) ?? []), timeMs].filter((atMs) => atMs > timeMs - WINDOW_MS);
      this.#latest.set(key, latest);
      this.#peaks.set(peak, Math.max(this.#peaks.get(peak) ?? 0, latest.length));
    });
  }

  /** Whose request the cloud works on at this moment. */
  get sender(): Sender {
    return this.#requests.getStore()?.sender ?? 'holder';
  }

  transport(sender: Exclude<Sender, 'copy'>): Transport {
    const { transport } = this.#world.simulator;
    return (request, signal) => {
      const { clock, chance } = this.#world;
      const send = (again: boolean) =>
        this.#requests.run({ sender, again }, () => transport(request, signal));
      if (clock.now() >= this.#twice.untilMs || !chance.happens(this.#twice.probability)) return send(false);
      // API 2.0 refuses the second one by its nonce. A write of API 3.0 must not be sent again by whoever lost the reply.
      const asksAgain = request.url.includes('/v2/') && chance.happens(0.5);
      this.#world.tell(asksAgain ? 'a proxy asks again' : 'a request will arrive once more');
      if (asksAgain) {
        const again = () => send(true);
        return send(false).then(again, again);
      }
      const copy = () => this.#requests.run({ sender: 'copy', again: true }, () => transport(request));
      clock.setTimer(chance.int(0, LATEST_COPY_MS), () => void copy().catch(() => {}));
      return send(false);
    };
  }

  /** Some requests arrive twice for so long. */
  bringTwice(ms: number, probability: number): void {
    this.#twice = { untilMs: this.#world.clock.now() + ms, probability };
  }

  /** The busiest second of those who count their calls. */
  checkQuota(): void {
    for (const [name, peak] of this.#peaks) {
      const [sender, action = ''] = name.split(' ');
      const most = WRITE_ACTIONS.has(action) ? WRITES_PER_WINDOW : READS_PER_WINDOW;
      const counts = WRITE_ACTIONS.has(action) || action === 'DescribeInstances';
      if (counts && peak > most)
        this.#world.invariants.violate(`${peak} calls of ${action} in one second by the ${sender}`);
    }
  }
}
