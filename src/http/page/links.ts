/** The state of a page in its address: every address is relative, so that the page works below any path. */

export type PageName = 'overview' | 'bindings' | 'instances' | 'instance' | 'plan' | 'history';

export type Parameters = Readonly<Record<string, string | number | undefined>>;

/** The address of a page; parameters without a value are left out. */
export function linkTo(page: PageName, parameters: Parameters = {}): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters))
    if (value !== undefined && value !== '') query.set(name, String(value));
  const path = page === 'overview' ? './' : page;
  return query.size === 0 ? path : `${path}?${query}`;
}

/** What an address asks for. */
export interface PageQuery {
  /** By column; empty texts are left out. */
  readonly filters: Readonly<Record<string, string>>;
  /** From 1. */
  readonly page: number;
}

const LONGEST_FILTER = 200;

export function pageQuery(parameters: Readonly<Record<string, string>>): PageQuery {
  const { page = '1', format: _, ...filters } = parameters;
  const number = /^[1-9]\d{0,6}$/.test(page) ? Number(page) : 1;
  const given = Object.entries(filters).map(
    ([name, value]) => [name, value.trim().slice(0, LONGEST_FILTER)] as const,
  );
  return { filters: Object.fromEntries(given.filter(([, value]) => value !== '')), page: number };
}
