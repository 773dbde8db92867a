/** Tables, and those whose columns are filters, a page of rows at a time. */
import { thousands } from '../../core/text/words.ts';
import { type Html, html, type Part } from './html.ts';
import { linkTo, type PageName, type PageQuery } from './links.ts';
import { bindingLink, stateHtml, type Tone } from './pieces.ts';

export const ROWS_OF_PAGE = 100;
/** Of a column with more values the start is typed in place of chosen. */
const MOST_CHOICES = 40;

export interface Column<Row> {
  readonly label: string;
  readonly text?: (row: Row) => string;
  /** The text is a state, in this tone. */
  readonly tone?: (row: Row) => Tone;
  /** Absent: the text. */
  readonly cell?: (row: Row) => Part;
  /** What the filter by its text is called in an address; absent: there is none. */
  readonly name?: string;
  /** Whether one of its values is chosen, rather than a part of them typed. */
  readonly chosen?: true;
}

export const bindingColumn: Column<{ readonly binding: string }> = {
  name: 'binding',
  label: 'Binding',
  text: ({ binding }) => binding,
  cell: ({ binding }) => bindingLink(binding),
};

export interface Table<Row> {
  readonly caption: string;
  readonly rows: readonly Row[];
  readonly columns: readonly Column<Row>[];
  /** Tells rows apart from one refresh to the next. */
  readonly key: (row: Row) => string;
  /** Said where there is no row; absent: that nothing matches. */
  readonly none?: string;
}

/** A table of a page of its own, with filters. */
export interface Listing<Row> extends Table<Row> {
  readonly page: PageName;
}

export interface TablePage<Row> {
  readonly rows: readonly Row[];
  /** How many rows match. */
  readonly total: number;
  /** The place of the first of {@link rows}, from 0. */
  readonly from: number;
  readonly pages: number;
}

/** The rows that match the filters, and of those the ones of the page. */
export function tablePage<Row>({ rows, columns }: Table<Row>, { filters, page }: PageQuery): TablePage<Row> {
  const asked = columns.filter(({ name }) => name !== undefined && filters[name] !== undefined);
  const isMeant = (row: Row) =>
    asked.every(({ name = '', text, chosen }) => {
      const wanted = filters[name]?.toLowerCase() ?? '';
      const value = text?.(row).toLowerCase() ?? '';
      return chosen === true ? value === wanted : value.includes(wanted);
    });
  const matching = asked.length === 0 ? rows : rows.filter(isMeant);
  const pages = Math.max(1, Math.ceil(matching.length / ROWS_OF_PAGE));
  const from = (Math.min(page, pages) - 1) * ROWS_OF_PAGE;
  return { rows: matching.slice(from, from + ROWS_OF_PAGE), total: matching.length, from, pages };
}

export function listingHtml<Row>(listing: Listing<Row>, query: PageQuery): Html {
  const { page } = listing;
  const { rows, total, from, pages } = tablePage(listing, query);
  const at = from / ROWS_OF_PAGE + 1;
  const range = `${thousands(from + 1)} to ${thousands(from + rows.length)} of ${thousands(total)}`;
  const where = total === 0 ? 'no rows' : range;
  const pager = pagerHtml(page, { ...query, page: at }, { where, more: at < pages });
  return html`<form id="filter" method="get" action="${page}"></form>${pager}
${tableHtml({ ...listing, rows }, filterRow(listing, query))}${pages > 1 && pager}`;
}

export function tableHtml<Row>({ caption, columns, rows, key, none }: Table<Row>, filters?: Html): Html {
  const heads = columns.map(({ label }) => html`<th role="columnheader" scope="col">${label}</th>`);
  const lines = rows.map(
    (row) =>
      html`<tr role="row" data-key="${key(row)}">${columns.map((column) => html`<td role="cell" data-label="${column.label}">${cellOf(column, row)}</td>`)}</tr>`,
  );
  return html`<table role="table"><caption>${caption}</caption>
<thead role="rowgroup"><tr role="row">${heads}</tr>${filters}</thead>
<tbody role="rowgroup">${lines}</tbody></table>
${rows.length === 0 && html`<p class="none">${none ?? 'Nothing matches.'}</p>`}`;
}

function cellOf<Row>({ text, tone, cell = text }: Column<Row>, row: Row): Part {
  return tone === undefined ? cell?.(row) : stateHtml(text?.(row) ?? '', tone(row));
}

/** Where one is in something long, and the ways from there. */
export function pagerHtml(
  page: PageName,
  { filters, page: at }: PageQuery,
  { where, more }: { readonly where: string; readonly more: boolean },
): Html {
  const way = (rel: string, to: number, text: string) =>
    html` <a rel="${rel}" href="${linkTo(page, { ...filters, page: to })}">${text}</a>`;
  return html`<p class="pager"><span>${where}</span>${at > 1 && way('prev', at - 1, 'Previous')}${more && way('next', at + 1, 'Next')}</p>`;
}

function filterRow<Row>({ columns, rows, page }: Listing<Row>, { filters }: PageQuery): Html {
  const cells = columns.map((column) => html`<td role="cell">${control(column, filters, rows)}</td>`);
  const clear = Object.keys(filters).length > 0 && html` <a href="${linkTo(page)}">Clear</a>`;
  return html`<tr role="row" class="filters">${cells}</tr>
<tr role="row" class="apply"><td role="cell" colspan="${columns.length}"><button form="filter">Filter</button>${clear}</td></tr>`;
}

function control<Row>(
  { name, label, text, chosen }: Column<Row>,
  filters: PageQuery['filters'],
  rows: readonly Row[],
): Html | undefined {
  if (name === undefined || text === undefined) return undefined;
  const value = filters[name] ?? '';
  const present = chosen === true ? keptFor(rows, name, () => valuesOf(rows, text)) : undefined;
  if (present === undefined || present.length > MOST_CHOICES)
    return html`<input form="filter" name="${name}" value="${value}" aria-label="${label} contains" placeholder="${label}" autocomplete="off" spellcheck="false">`;
  const isChosen = (choice: string) => choice.toLowerCase() === value.toLowerCase();
  const choices = value === '' || present.some(isChosen) ? present : [value, ...present];
  const options = choices.map(
    (choice) => html`<option value="${choice}"${isChosen(choice) && html` selected`}>${choice}</option>`,
  );
  return html`<select form="filter" name="${name}" aria-label="${label}"><option value="">${label}: all</option>${options}</select>`;
}

/** Sorted; one more than can be chosen where there are as many. */
function valuesOf<Row>(rows: readonly Row[], text: (row: Row) => string): readonly string[] {
  const values = new Set<string>();
  for (const row of rows) {
    values.add(text(row));
    if (values.size > MOST_CHOICES + 1) break;
  }
  values.delete('');
  return [...values].sort();
}

/** What was made of rows that are the same from one look to the next. */
const KEPT = new WeakMap<readonly unknown[], Map<string, unknown>>();

/** The same as long as the rows are the same. @param what is made of them. */
export function keptFor<T>(rows: readonly unknown[], what: string, make: () => T): T {
  const known = KEPT.get(rows) ?? new Map<string, unknown>();
  KEPT.set(rows, known);
  if (!known.has(what)) known.set(what, make());
  return known.get(what) as T;
}
