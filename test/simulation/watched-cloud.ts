/** Stands between the engine and the cloud: tells the world what the engine reads and writes. */
import type { CloudClient, CloudProvider } from '../../src/cloud/port.ts';
import type { World } from './world.ts';

export function watched(world: World, cloud: CloudProvider): CloudProvider {
  const { invariants, promises } = world;
  return {
    client: (scope) => {
      const client = cloud.client(scope);
      return {
        scope,
        get api() {
          return client.api;
        },
        get writeLimits() {
          return client.writeLimits;
        },
        listInstances: (query, signal) => inSmallPages(client, query, signal),
        listSecurityGroups: (query, signal) =>
          promises?.listGroups(client, query, signal) ?? client.listSecurityGroups(query, signal),
        describeGroupLimit: (signal) => client.describeGroupLimit(signal),
        describeInstances: async (ids, signal) => {
          const result = await client.describeInstances(ids, signal);
          if (result.ok) invariants.read(result.value);
          if (result.ok) promises?.knowledge.described(result.value);
          return result;
        },
        writeSecurityGroups: async (writes, signal) => {
          const ids = writes.map((write) => write.instanceId);
          invariants.sent(writes);
          promises?.sent(scope.region, writes);
          const result = await client.writeSecurityGroups(writes, signal);
          invariants.returned(writes, result.ok);
          const end = result.ok ? 'accepted' : `${result.error.code}`;
          world.tell(`write of ${ids.join(' ')}: ${end}`);
          return result;
        },
      };
    },
  };
}

/** Items of one page of a listing: few, so that much can happen between two of them. */
const PAGE = 5;

async function inSmallPages(
  client: CloudClient,
  ...[query, signal]: Parameters<CloudClient['listInstances']>
): ReturnType<CloudClient['listInstances']> {
  const result = await client.listInstances(query, signal);
  if (!result.ok) return result;
  const { items, total } = result.value;
  return { ...result, value: { items: items.slice(0, PAGE), total } };
}
