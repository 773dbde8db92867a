/** Reads the nested form values of API 2.0, where every leaf is text. */
import { type Failure, invalidParameter, missingParameter } from '../failures.ts';

export type Read<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly failure: Failure };

export interface InstanceGroups {
  readonly instanceId: string;
  readonly list: readonly string[];
}

const wrong = (name: string): { readonly ok: false; readonly failure: Failure } => ({
  ok: false,
  failure: {
    ...invalidParameter('InvalidParameter', `The parameter ${name} is not valid.`),
    chinese: `(100004)参数 ${name} 格式错误`,
  },
});

/** `instanceSet.n.instanceId` and `instanceSet.n.sgIds.m`. A missing `sgIds` reads as an empty list. */
export function readInstanceSet(values: Readonly<Record<string, unknown>>): Read<readonly InstanceGroups[]> {
  const set = values.instanceSet;
  if (set === undefined) return { ok: false, failure: missingParameter('instanceSet') };
  if (!Array.isArray(set)) return wrong('instanceSet');
  const result: InstanceGroups[] = [];
  for (const [index, item] of (set as readonly unknown[]).entries()) {
    if (typeof item !== 'object' || item === null) return wrong(`instanceSet.${index}`);
    const { instanceId, sgIds = [] } = item as Record<string, unknown>;
    if (instanceId === undefined)
      return { ok: false, failure: missingParameter(`instanceSet.${index}.instanceId`) };
    if (typeof instanceId !== 'string') return wrong(`instanceSet.${index}.instanceId`);
    if (!Array.isArray(sgIds) || !sgIds.every((id) => typeof id === 'string')) {
      return wrong(`instanceSet.${index}.sgIds`);
    }
    result.push({ instanceId, list: sgIds });
  }
  return { ok: true, value: result };
}

/** An optional text. */
export function readText(values: Readonly<Record<string, unknown>>, name: string): Read<string | undefined> {
  const value = values[name];
  if (value !== undefined && typeof value !== 'string') return wrong(name);
  return { ok: true, value };
}

/** An optional whole number of 0 or more. */
export function readNumber(
  values: Readonly<Record<string, unknown>>,
  name: string,
  fallback: number,
): Read<number> {
  const value = values[name];
  if (value === undefined) return { ok: true, value: fallback };
  if (typeof value !== 'string' || !/^\d{1,9}$/.test(value)) return wrong(name);
  return { ok: true, value: Number(value) };
}
