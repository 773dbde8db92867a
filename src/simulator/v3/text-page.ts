/** Pages of listings whose `Offset` and `Limit` are text, as the vendor has it for security groups and templates. */
import { type TypedParams, textOf } from './parameters.ts';

const MAX_LIMIT = 100;

/** Null when one of the two is out of range. */
export function textPage(values: TypedParams): { readonly offset: number; readonly limit: number } | null {
  const offset = wholeNumber(textOf(values, 'Offset') ?? '0');
  const limit = wholeNumber(textOf(values, 'Limit') ?? '20');
  return offset === null || limit === null || limit > MAX_LIMIT ? null : { offset, limit };
}

function wholeNumber(text: string): number | null {
  return /^\d{1,9}$/.test(text) ? Number(text) : null;
}
