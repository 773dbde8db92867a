/** Which instances a document names, or its selector has ever fitted. */
import type { SimulatedCloud } from '../../src/simulator/state.ts';
import type { InForce } from './model-revision.ts';
import { hasTags, type Tags } from './policy-rules.ts';

export class Members {
  readonly #cloud: SimulatedCloud;
  /** By region and tags. */
  readonly #fitted = new Map<string, { region: string; tags: Tags; ids: Set<string> }>();

  constructor(cloud: SimulatedCloud) {
    this.#cloud = cloud;
  }

  of({ region, tags, instanceIds, name }: InForce): ReadonlySet<string> {
    if (tags === undefined) return new Set(instanceIds);
    const key = JSON.stringify([name, region, tags]);
    let selected = this.#fitted.get(key);
    if (selected === undefined) {
      selected = { region, tags, ids: new Set() };
      this.#fitted.set(key, selected);
      this.#fit(selected);
    }
    return selected.ids;
  }

  /** Tags have changed. */
  refit(): void {
    for (const selected of this.#fitted.values()) this.#fit(selected);
  }

  #fit({ region, tags, ids }: { region: string; tags: Tags; ids: Set<string> }): void {
    for (const instance of this.#cloud.instances()) {
      if (instance.region === region && hasTags(instance.tags, tags)) ids.add(instance.instanceId);
    }
  }
}
