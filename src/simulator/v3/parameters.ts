/** Checks the parameters of an API 3.0 call against its specification, and brings text from forms to the right types. */
import type { ActionSpec, ParameterType } from '../action.ts';
import type { Params } from '../api-call.ts';
import { type Failure, invalidParameter, missingParameter } from '../failures.ts';

export interface Filter {
  readonly name: string;
  readonly values: readonly string[];
}

export type TypedParams = Readonly<Record<string, unknown>>;

export type ParameterCheck =
  | { readonly ok: true; readonly values: TypedParams }
  | { readonly ok: false; readonly failure: Failure };

/** The parameters in their documented types, or the first thing that is wrong with them. */
export function checkParameters(spec: ActionSpec, params: Params): ParameterCheck {
  const values: Record<string, unknown> = {};
  for (const [name, given] of Object.entries(params.values)) {
    if (given === null) continue;
    const type = Object.hasOwn(spec.parameters, name) ? spec.parameters[name] : undefined;
    if (type === undefined) {
      const message = `The parameter \`${name}\` is not recognized.`;
      return { ok: false, failure: invalidParameter('UnknownParameter', message) };
    }
    const value = convert(type, given, params.encoding);
    if (value === undefined) {
      const message = `The value type of parameter \`${name}\` is not valid.`;
      return { ok: false, failure: invalidParameter('InvalidParameter', message) };
    }
    values[name] = value;
  }
  const missing = spec.required.find((name) => values[name] === undefined);
  if (missing !== undefined) return { ok: false, failure: missingParameter(missing) };
  return { ok: true, values };
}

/** Undefined when the value does not have the type. */
function convert(type: ParameterType, value: unknown, encoding: Params['encoding']): unknown {
  switch (type) {
    case 'string':
      return typeof value === 'string' ? value : undefined;
    case 'strings':
      return isStrings(value) ? value : undefined;
    case 'integer': {
      const number =
        encoding === 'form' && typeof value === 'string' && /^-?\d+$/.test(value) ? Number(value) : value;
      return Number.isSafeInteger(number) ? number : undefined;
    }
    case 'boolean': {
      if (encoding === 'json') return typeof value === 'boolean' ? value : undefined;
      return value === 'true' || value === 'false' ? value === 'true' : undefined;
    }
    case 'filters':
      return convertFilters(value);
  }
}

function convertFilters(value: unknown): readonly Filter[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const filters: Filter[] = [];
  for (const item of value as readonly unknown[]) {
    if (typeof item !== 'object' || item === null) return undefined;
    const { Name: name, Values: values, ...rest } = item as Record<string, unknown>;
    if (typeof name !== 'string' || !isStrings(values) || Object.keys(rest).length > 0) return undefined;
    filters.push({ name, values });
  }
  return filters;
}

function isStrings(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

/** Typed access after {@link checkParameters}. */
export const stringsOf = (values: TypedParams, name: string): readonly string[] | undefined =>
  values[name] as readonly string[] | undefined;
export const integerOf = (values: TypedParams, name: string): number | undefined =>
  values[name] as number | undefined;
export const textOf = (values: TypedParams, name: string): string | undefined =>
  values[name] as string | undefined;
export const filtersOf = (values: TypedParams, name: string): readonly Filter[] | undefined =>
  values[name] as readonly Filter[] | undefined;
