/** Stands between the engine and the cloud: tells the world what the engine reads and writes. */

import { isReadable } from '../../src/core/model.ts';
import type { CloudClient, CloudProvider } from '../../src/ports/cloud.ts';
import type { Invariants } from './invariants.ts';
import type { JournalTruth } from './journal-truth.ts';
import type { World } from './world.ts';

export function watched(world: World, cloud: CloudProvider): CloudProvider {
  const { invariants, journal, promises } = world;
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
          const result = await journal.read(client, ids, signal);
          if (result.ok) invariants.read(result.value.filter(isReadable));
          if (result.ok) promises?.knowledge.described(result.value.filter(isReadable));
          return result;
        },
        writeSecurityGroups: async (writes, signal) => {
          const ids = writes.map((write) => write.instanceId);
          invariants.sent(writes);
          promises?.sent(scope.region, writes);
          const result = await journal.write(client, writes, signal);
          invariants.returned(writes, result.ok);
          const end = result.ok ? 'accepted' : `${result.error.code}`;
          world.tell(`write of ${ids.join(' ')}: ${end}`);
          return result;
        },
      };
    },
  };
}

/**
 * The cloud of a command: the journal is compared with what it does.
 * @param invariants are told of its writes where the engine finds them in its state.
 */
export function watchedByJournal(
  journal: JournalTruth,
  cloud: CloudProvider,
  invariants?: Pick<Invariants, 'commandSent' | 'commandReturned'>,
): CloudProvider {
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
        listInstances: (query, signal) => client.listInstances(query, signal),
        listSecurityGroups: (query, signal) => client.listSecurityGroups(query, signal),
        describeGroupLimit: (signal) => client.describeGroupLimit(signal),
        describeInstances: (ids, signal) => journal.read(client, ids, signal),
        writeSecurityGroups: async (writes, signal) => {
          invariants?.commandSent(writes);
          const result = await journal.write(client, writes, signal);
          if (result.ok) invariants?.commandReturned(writes);
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
