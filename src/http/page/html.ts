/** Markup as a template writes it: everything in it is escaped, and only what a template has made passes as it is. */
import { html as template } from 'hono/html';
import type { HtmlEscapedString } from 'hono/utils/html';
import { visible } from '../../core/text/visible.ts';

/** Markup. Nothing but {@link html} makes it. */
export type Html = HtmlEscapedString;

export type Part = string | number | Html | undefined | false | readonly Part[];

/** Texts are escaped, and what would turn their order or end their line is shown in place of obeyed. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return template(strings, ...parts.map(shown)) as Html;
}

function shown(part: Part): unknown {
  if (typeof part === 'string') return visible(part);
  return Array.isArray(part) ? part.map(shown) : part;
}
