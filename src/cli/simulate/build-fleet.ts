/** The fleet of a simulator, from a file or from numbers. */

import { readFileSync } from 'node:fs';
import { messageOf } from '../../api/message-of.ts';
import { longRegionName } from '../../api/region.ts';
import type { Fleet } from '../../simulator/fleet.ts';
import { generateFleet } from '../../simulator/generate-fleet.ts';
import { parseFleet } from '../../simulator/parse-fleet.ts';
import { CliError } from '../cli-error.ts';
import { regionDoubt } from '../flags/region.ts';

export interface FleetChoice {
  readonly fleet: string | undefined;
  readonly instances: number;
  readonly regions: string | undefined;
}

/**
 * `onDoubt` gets what is likely wrong with a region; it is served all the same.
 * @throws CliError or FleetFileError when the fleet cannot be had.
 */
export function buildFleet(
  { fleet, instances, regions }: FleetChoice,
  onDoubt: (doubt: string) => void,
): Fleet {
  if (fleet === undefined) {
    const names = readRegions(regions ?? 'ap-guangzhou', onDoubt);
    try {
      return generateFleet({ instances, regions: names });
    } catch (error) {
      throw new CliError(messageOf(error));
    }
  }
  let content: string;
  try {
    content = readFileSync(fleet, 'utf8');
  } catch (error) {
    throw new CliError(`--fleet: "${fleet}" cannot be read: ${messageOf(error)}`);
  }
  return parseFleet(content, fleet);
}

const REGION = /^[a-z0-9-]+$/;

/** Long names. */
function readRegions(text: string, onDoubt: (doubt: string) => void): string[] {
  const regions: string[] = [];
  for (const name of text.split(',').map((one) => one.trim())) {
    if (!REGION.test(name)) {
      throw new CliError(`--regions: Expected regions such as ap-guangzhou,ap-shanghai, got "${name}"`);
    }
    const long = longRegionName(name);
    if (regions.includes(long)) throw new CliError(`--regions: "${long}" is given twice; remove one`);
    regions.push(long);
    const doubt = regionDoubt(name);
    if (doubt !== undefined) onDoubt(`--regions: ${doubt}`);
  }
  return regions;
}
