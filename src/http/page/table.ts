/** A table whose columns are filters, a page of rows at a time. */
import { thousands } from '../../core/text/words.ts';
import { type Html, html, type Part } from './html.ts';
import { linkTo, type PageName, type PageQuery } from './links.ts';

export const ROWS_OF_PAGE = 100;
/** Of a column with more values the start is typed in place of chosen. */
const MOST_CHOICES = 40;

export interface Column<Row> {
  readonly name: string;
  readonly label: string;
  readonly cell: (row: Row) => Part;
  /** What the filter looks at; absent: the column has none. */
  readonly text?: (row: Row) => string;
  /** Whether one of its values is chosen, rather than a part of them typed. */
  readonly chosen?: true;
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
export function tablePage<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  { filters, page }: PageQuery,
): TablePage<Row> {
  const tests = columns.flatMap(({ name, text, chosen }) => {
    const wanted = filters[name]?.toLowerCase();
    if (wanted === undefined || text === undefined) return [];
    return [
      (row: Row) => {
        const value = text(row).toLowerCase();
        return chosen === true ? value === wanted : value.includes(wanted);
      },
    ];
  });
  const matching = tests.length === 0 ? rows : rows.filter((row) => tests.every((test) => test(row)));
  const pages = Math.max(1, Math.ceil(matching.length / ROWS_OF_PAGE));
  const from = (Math.min(page, pages) - 1) * ROWS_OF_PAGE;
  return { rows: matching.slice(from, from + ROWS_OF_PAGE), total: matching.length, from, pages };
}

export interface TableOptions<Row> {
  readonly caption: string;
  readonly columns: readonly Column<Row>[];
  /** Tells rows apart from one refresh to the next. */
  readonly key: (row: Row) => string;
  /** Said where there is no row; absent: that nothing matches. */
  readonly none?: string;
  /** Absent: no filters, no pages. */
  readonly filter?: {
    readonly page: PageName;
    readonly query: PageQuery;
    /** Every row, for what can be chosen. */
    readonly all: readonly Row[];
  };
}

export function tableHtml<Row>(shown: TablePage<Row>, options: TableOptions<Row>): Html {
  const { caption, columns, key, filter } = options;
  const heads = columns.map(({ label }) => html`<th role="columnheader" scope="col">${label}</th>`);
  const rows = shown.rows.map(
    (row) =>
      html`<tr role="row" data-key="${key(row)}">${columns.map(({ label, cell }) => html`<td role="cell" data-label="${label}">${cell(row)}</td>`)}</tr>`,
  );
  const form = filter && html`<form id="filter" method="get" action="${filter.page}"></form>`;
  return html`${form}${filter && pager(shown, filter)}
<table role="table"><caption>${caption}</caption>
<thead role="rowgroup"><tr role="row">${heads}</tr>${filter && filterRow(columns, filter)}</thead>
<tbody role="rowgroup">${rows}</tbody></table>
${shown.rows.length === 0 && html`<p class="none">${options.none ?? 'Nothing matches.'}</p>`}${filter && shown.pages > 1 && pager(shown, filter)}`;
}

function filterRow<Row>(
  columns: readonly Column<Row>[],
  { page, query, all }: NonNullable<TableOptions<Row>['filter']>,
): Html {
  const cells = columns.map((column) => html`<td role="cell">${control(column, query, all)}</td>`);
  const clear = Object.keys(query.filters).length > 0 && html` <a href="${linkTo(page)}">Clear</a>`;
  return html`<tr role="row" class="filters">${cells}</tr>
<tr role="row" class="apply"><td role="cell" colspan="${columns.length}"><button form="filter">Filter</button>${clear}</td></tr>`;
}

function control<Row>(column: Column<Row>, { filters }: PageQuery, all: readonly Row[]): Html | undefined {
  const { name, label, text, chosen } = column;
  if (text === undefined) return undefined;
  const value = filters[name] ?? '';
  const choices = chosen === true ? choicesOf(all, column, value) : undefined;
  if (choices === undefined)
    return html`<input form="filter" name="${name}" value="${value}" aria-label="${label} contains" placeholder="${label}" autocomplete="off" spellcheck="false">`;
  const options = choices.map(
    (choice) =>
      html`<option value="${choice}"${choice.toLowerCase() === value.toLowerCase() && html` selected`}>${choice}</option>`,
  );
  return html`<select form="filter" name="${name}" aria-label="${label}"><option value="">${label}: all</option>${options}</select>`;
}

/** Of rows that are the same from one look to the next, what was found the first time. */
const CHOICES = new WeakMap<readonly unknown[], Map<string, readonly string[]>>();

/** What can be chosen, that which is chosen now among it; undefined where it is too much. */
function choicesOf<Row>(
  rows: readonly Row[],
  { name, text = () => '' }: Column<Row>,
  value: string,
): readonly string[] | undefined {
  const known = CHOICES.get(rows) ?? new Map<string, readonly string[]>();
  CHOICES.set(rows, known);
  const present = known.get(name) ?? valuesOf(rows, text);
  known.set(name, present);
  if (present.length > MOST_CHOICES) return undefined;
  const isThere = value === '' || present.some((one) => one.toLowerCase() === value.toLowerCase());
  return isThere ? present : [value, ...present];
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

function pager<Row>(
  { rows, total, from, pages }: TablePage<Row>,
  { page, query: { filters } }: NonNullable<TableOptions<Row>['filter']>,
): Html {
  const at = from / ROWS_OF_PAGE + 1;
  const where =
    total === 0
      ? 'no rows'
      : `${thousands(from + 1)} to ${thousands(from + rows.length)} of ${thousands(total)}`;
  return stepsHtml({
    where,
    newer: at > 1 ? linkTo(page, { ...filters, page: at - 1 }) : undefined,
    older: at < pages ? linkTo(page, { ...filters, page: at + 1 }) : undefined,
  });
}

/** Where one is in something long, and the ways from there. */
export function stepsHtml(options: {
  readonly where: string;
  readonly newer: string | undefined;
  readonly older: string | undefined;
}): Html {
  const { where, newer, older } = options;
  return html`<p class="pager"><span>${where}</span>${newer !== undefined && html` <a rel="prev" href="${newer}">Previous</a>`}${older !== undefined && html` <a rel="next" href="${older}">Next</a>`}</p>`;
}
