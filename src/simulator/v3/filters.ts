/** `Filters` of the vendor's listings: all filters have to fit, of the values of one filter any. */
import { type Failure, invalidParameter } from '../failures.ts';
import type { Filter } from './parameters.ts';

/** What the items of one listing can be filtered by. */
export interface FilterFields<Item> {
  /** By name of the filter: what an item has there. */
  readonly fields: Readonly<Record<string, (item: Item) => readonly string[]>>;
  /** What the filters `tag:<key>` look into. */
  readonly tagsOf: (item: Item) => Readonly<Record<string, string>>;
  /** Names that are known and checked elsewhere. */
  readonly others?: readonly string[];
}

/** Most filters of a listing, and most values of one filter. */
export interface FilterLimits {
  readonly filters: number;
  readonly values: number;
}

/** The codes that a product documents for filters. */
export interface FilterCodes {
  readonly unknown: string;
  readonly tooManyFilters: string;
  readonly tooManyValues: string;
}

const TAG = 'tag:';

/** The first thing that is wrong with the filters, null when nothing is. */
export function checkFilters<Item>(
  filters: readonly Filter[],
  known: FilterFields<Item>,
  { limits, codes }: { readonly limits: FilterLimits; readonly codes: FilterCodes },
): Failure | null {
  if (filters.length > limits.filters) {
    return invalidParameter(codes.tooManyFilters, `At most \`${limits.filters}\` filters are allowed.`);
  }
  for (const { name, values } of filters) {
    if (!isKnown(name, known)) {
      return invalidParameter(codes.unknown, `The filter \`${name}\` is not supported.`);
    }
    if (values.length === 0 || values.length > limits.values) {
      const message = `The filter \`${name}\` takes 1 to ${limits.values} values, got \`${values.length}\`.`;
      return invalidParameter(codes.tooManyValues, message);
    }
  }
  return null;
}

function isKnown<Item>(name: string, { fields, others = [] }: FilterFields<Item>): boolean {
  if (name.startsWith(TAG)) return name.length > TAG.length;
  return Object.hasOwn(fields, name) || others.includes(name);
}

/** Whether the item fits every filter. Names that {@link FilterFields.fields} does not have fit everything. */
export function passesFilters<Item>(
  item: Item,
  filters: readonly Filter[],
  { fields, tagsOf }: FilterFields<Item>,
): boolean {
  return filters.every(({ name, values }) => {
    if (name.startsWith(TAG)) {
      const tags = tagsOf(item);
      const key = name.slice(TAG.length);
      return Object.hasOwn(tags, key) && values.includes(tags[key] ?? '');
    }
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
    return field === undefined || field(item).some((value) => values.includes(value));
  });
}
