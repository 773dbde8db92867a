import { describe, expect, it } from 'vitest';
import { longRegionName, suggestRegion } from './region.ts';

describe('region names', () => {
  it.each([
    ['gz', 'ap-guangzhou'],
    ['ap-guangzhou', 'ap-guangzhou'],
    ['me-riyadh', 'me-riyadh'],
  ])('%s has the long name %s', (region, long) => {
    expect(longRegionName(region)).toBe(long);
  });

  it.each([
    ['ap-guangzhou', undefined, 'known'],
    ['usw', undefined, 'known by its short code'],
    ['me-riyadh', undefined, 'like no other'],
    ['ap-jakarta', undefined, 'a real region that is not in the list'],
    ['ap-taipei', undefined, 'a real region that is not in the list'],
    ['sa-saopaulo', undefined, 'a real region that is not in the list'],
    ['ap-nanjing', undefined, 'a real region that is not in the list'],
    ['ap-shenzhen', undefined, 'a real region that is not in the list'],
    ['ap-beijing-fsi', undefined, 'a real region that is not in the list'],
    ['ap-guangzhou-open', undefined, 'a real region that is not in the list'],
    ['ap-guangzhou-3', 'ap-guangzhou', 'a zone'],
    ['guangzhou', 'ap-guangzhou', 'a city'],
    ['ap-guangzou', 'ap-guangzhou', 'a slip'],
    ['ap-beijng', 'ap-beijing', 'a slip'],
    ['ap-shangahi', 'ap-shanghai', 'two letters swapped'],
  ])('%s suggests %s (%s)', (region, meant, reason) => {
    expect(suggestRegion(region), reason).toBe(meant);
  });
});
