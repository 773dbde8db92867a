/** When each security group existed. */
import type { World } from './world.ts';

export class GroupLives {
  readonly #world: World;
  /** When a group went last, by region and id. */
  readonly #goneMs = new Map<string, number>();

  constructor(world: World) {
    this.#world = world;
  }

  remove(region: string, sgId: string): void {
    this.#world.tell(`the group ${sgId} is deleted`);
    this.#goneMs.set(`${region} ${sgId}`, this.#world.clock.now());
    this.#world.simulator.state.removeGroup(region, sgId);
  }

  add(region: string, securityGroupId: string): void {
    this.#world.tell(`the group ${securityGroupId} is made`);
    this.#world.simulator.state.addGroup(region, { securityGroupId });
  }

  /** Whether it exists, or did at some time since then. */
  existed(region: string, sgId: string, sinceMs: number): boolean {
    if (this.#world.simulator.state.groupIds(region).includes(sgId)) return true;
    return (this.#goneMs.get(`${region} ${sgId}`) ?? 0) >= sinceMs;
  }
}
