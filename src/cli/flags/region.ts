/** The region that a flag names. */
import { longRegionName, suggestRegion } from '../../api/region.ts';
import { CliError } from '../cli-error.ts';

export interface NamedRegion {
  /** Long name. */
  readonly region: string;
  /** What is likely wrong with it; it is asked all the same. */
  readonly doubt?: string;
}

const REGION = /^[a-z]+(?:-[a-z0-9]+)*$/;

/** @throws CliError for a text that has not the form of a region. @param from where the text was given. */
export function readRegion(text: string, from = '--region'): NamedRegion {
  if (!REGION.test(text))
    throw new CliError(`${from}: Expected a region such as ap-guangzhou, got "${text}"`);
  const doubt = regionDoubt(text);
  return { region: longRegionName(text), ...(doubt === undefined ? {} : { doubt }) };
}

/** Undefined for a known region, and for a name like no other. */
export function regionDoubt(region: string): string | undefined {
  const meant = suggestRegion(region);
  return meant === undefined ? undefined : `no region is known as "${region}"; did you mean "${meant}"?`;
}
