/** Region names: API 2.0 accepts short codes (`gz`) beside the long ones, and they mean the same region. */

const LONG_OF_SHORT: ReadonlyMap<string, string> = new Map(
  Object.entries({
    gz: 'ap-guangzhou',
    sh: 'ap-shanghai',
    bj: 'ap-beijing',
    hk: 'ap-hongkong',
    cd: 'ap-chengdu',
    cq: 'ap-chongqing',
    sg: 'ap-singapore',
    th: 'ap-bangkok',
    kr: 'ap-seoul',
    jp: 'ap-tokyo',
    in: 'ap-mumbai',
    de: 'eu-frankfurt',
    usw: 'na-siliconvalley',
    use: 'na-ashburn',
    ca: 'na-toronto',
    shjr: 'ap-shanghai-fsi',
    szjr: 'ap-shenzhen-fsi',
  }),
);

const REGIONS_WITHOUT_SHORT_CODE = ['ap-nanjing', 'ap-jakarta', 'sa-saopaulo', 'ap-beijing-fsi'];

const KNOWN_REGIONS: ReadonlySet<string> = new Set([
  ...LONG_OF_SHORT.values(),
  ...REGIONS_WITHOUT_SHORT_CODE,
]);

/** The long code of a region; a name that is no short code comes back unchanged. */
export function longRegion(region: string): string {
  return LONG_OF_SHORT.get(region) ?? region;
}

/** Whether the vendor offers this (long) region. */
export function isKnownRegion(region: string): boolean {
  return KNOWN_REGIONS.has(region);
}

/** Whether a (long) region is one of the closed-off finance regions, which have hosts of their own in API 3.0. */
export function isFinanceRegion(region: string): boolean {
  return region.endsWith('-fsi');
}
