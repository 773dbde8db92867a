/** A fleet whose instances and groups belong to two accounts: the same regions hold some of each. */
import { DEFAULT_ACCOUNT, type Fleet } from '../../src/simulator/fleet.ts';
import { type FleetShape, generateFleet } from '../../src/simulator/generate-fleet.ts';

export const SECOND_ACCOUNT = 'shop';

/** Twice as many groups as the shape says, so that each account has as many. */
export function fleetOfAccounts(shape: FleetShape & { readonly groupsPerRegion: number }): Fleet {
  const made = generateFleet({ ...shape, groupsPerRegion: 2 * shape.groupsPerRegion });
  const accountAt = (place: number) => (place % 2 === 0 ? DEFAULT_ACCOUNT : SECOND_ACCOUNT);
  const regions = Object.entries(made.regions).map(([region, { securityGroups, instances }]) => {
    const groups = securityGroups.map((group, place) => ({ ...group, account: accountAt(place) }));
    const owned = instances.map((instance, place) => {
      const account = accountAt(place);
      const own = groups.filter((group) => group.account === account);
      const list = instance.securityGroupIds.map(
        (_, index) => own[index % own.length]?.securityGroupId ?? '',
      );
      return { ...instance, account, securityGroupIds: list };
    });
    return [region, { securityGroups: groups, instances: owned }] as const;
  });
  return { accounts: [DEFAULT_ACCOUNT, SECOND_ACCOUNT], regions: Object.fromEntries(regions) };
}
