/** The fleet of a simulator, from a file or from numbers. */

import { readFileSync } from 'node:fs';
import { messageOf } from '../../api/message-of.ts';
import type { Fleet } from '../../simulator/fleet.ts';
import { generateFleet } from '../../simulator/generate-fleet.ts';
import { parseFleet } from '../../simulator/parse-fleet.ts';
import { CliError } from '../cli-error.ts';

export interface FleetChoice {
  readonly fleet: string | undefined;
  readonly instances: number;
  readonly regions: string | undefined;
}

/** @throws CliError or FleetFileError when the fleet cannot be had. */
export function buildFleet({ fleet, instances, regions }: FleetChoice): Fleet {
  if (fleet === undefined) {
    const names = (regions ?? 'ap-guangzhou').split(',').map((name) => name.trim());
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
