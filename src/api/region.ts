/** Region names of the cloud. The lists help with typing errors only: an unknown region is never refused. */
import { nearestName } from './nearest-name.ts';

/** The short codes of API 2.0 and the long names that they stand for. */
const SHORT_CODES: ReadonlyMap<string, string> = new Map([
  ['gz', 'ap-guangzhou'],
  ['sh', 'ap-shanghai'],
  ['bj', 'ap-beijing'],
  ['hk', 'ap-hongkong'],
  ['cd', 'ap-chengdu'],
  ['cq', 'ap-chongqing'],
  ['sg', 'ap-singapore'],
  ['th', 'ap-bangkok'],
  ['kr', 'ap-seoul'],
  ['jp', 'ap-tokyo'],
  ['in', 'ap-mumbai'],
  ['de', 'eu-frankfurt'],
  ['usw', 'na-siliconvalley'],
  ['use', 'na-ashburn'],
  ['ca', 'na-toronto'],
  ['shjr', 'ap-shanghai-fsi'],
  ['szjr', 'ap-shenzhen-fsi'],
]);

const LONG_NAMES: ReadonlySet<string> = new Set(SHORT_CODES.values());

/** The long name of a region, so that `gz` and `ap-guangzhou` compare equal. Other names are returned as they are. */
export function longRegionName(region: string): string {
  return SHORT_CODES.get(region) ?? region;
}

/**
 * What a region that is probably mistyped was meant to be: a zone such as `ap-guangzhou-3` in place of its region,
 * `guangzhou` without its prefix, or one or two wrong letters. Nothing for a known name and for names like no other.
 */
export function suggestRegion(region: string): string | undefined {
  if (SHORT_CODES.has(region) || LONG_NAMES.has(region)) return undefined;
  const withoutZone = region.replace(/-\d+$/, '');
  if (withoutZone !== region) return withoutZone;
  for (const name of LONG_NAMES) {
    if (name.slice(name.indexOf('-') + 1) === region.toLowerCase()) return name;
  }
  const nearest = nearestName(region, LONG_NAMES);
  // Real regions of one family differ by a few letters, so only a slip of the hand is taken for one.
  return nearest !== undefined && isSlip(region, nearest) ? nearest : undefined;
}

function isSlip(region: string, name: string): boolean {
  return (
    Math.abs(region.length - name.length) <= 1 &&
    nearestName(region.slice(0, 8), [name.slice(0, 8)]) !== undefined
  );
}
