/** The attributes of one entry of a Terraform state, however they are kept. */
import type { JsonPath } from './json-location.ts';

export type Fields = Readonly<Record<string, unknown>>;

/** Undefined in {@link list}: what stands there is no list. */
export interface Attributes {
  /** Where they stand in the entry. */
  readonly at: JsonPath;
  field(name: string): unknown;
  /** Empty when the provider left it out. */
  list(name: string): readonly unknown[] | undefined;
  /** Where a list stands below {@link at}. */
  listKey(name: string): string;
}

/** Undefined when the entry has none. */
export function attributesOf(entry: Fields, path: JsonPath): Attributes | undefined {
  const { attributes, attributes_flat: flat } = entry;
  if (isFields(attributes)) return nested(attributes, [...path, 'attributes']);
  // What no provider has read since Terraform 0.11.
  return attributes === undefined && isFields(flat)
    ? flattened(flat, [...path, 'attributes_flat'])
    : undefined;
}

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function nested(fields: Fields, at: JsonPath): Attributes {
  return {
    at,
    field: (name) => fields[name],
    list(name) {
      const value = fields[name];
      if (value === undefined || value === null) return [];
      return Array.isArray(value) ? value : undefined;
    },
    listKey: (name) => name,
  };
}

/** `name.#` is the length of a list or set; its entries are `name.0`, `name.1`, … in a list, `name.<hash>` in a set. */
function flattened(fields: Fields, at: JsonPath): Attributes {
  return {
    at,
    field: (name) => fields[name],
    list(name) {
      const keys = Object.keys(fields).flatMap((key) => {
        const index = key.startsWith(`${name}.`) ? key.slice(name.length + 1) : '';
        return /^\d+$/.test(index) ? [Number(index)] : [];
      });
      const { [`${name}.#`]: length = '0' } = fields;
      if (String(length) !== String(keys.length)) return undefined;
      return keys.sort((a, b) => a - b).map((index) => fields[`${name}.${index}`]);
    },
    listKey: (name) => `${name}.#`,
  };
}
