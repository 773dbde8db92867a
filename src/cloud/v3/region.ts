/** API 3.0 knows only the long names of regions, API 2.0 both. */

const LONG_NAMES: ReadonlyMap<string, string> = new Map([
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

/** The long name of a short code such as `gz`; any other text unchanged, for the cloud to judge. */
export function longRegion(region: string): string {
  return LONG_NAMES.get(region) ?? region;
}
