/** A page of Markdown as its parts, as a code host shows them. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { marked, type Token, type Tokens } from 'marked';

export interface Heading {
  readonly level: number;
  readonly text: string;
  /** What stands behind `#` in a link to it. */
  readonly anchor: string;
}

export interface CodeBlock {
  readonly language: string;
  readonly text: string;
}

export interface Table {
  /** The head first. */
  readonly rows: readonly (readonly string[])[];
}

/** What stands in a page, in its order. */
export type Part =
  | { readonly kind: 'heading'; readonly heading: Heading }
  | { readonly kind: 'code'; readonly code: CodeBlock }
  | { readonly kind: 'table'; readonly table: Table };

export interface Page {
  readonly path: string;
  readonly parts: readonly Part[];
  readonly headings: readonly Heading[];
  /** Where links and pictures lead, as it is written. */
  readonly links: readonly string[];
}

/** The pages that people read. */
export function pagePaths(): readonly string[] {
  const top = readdirSync('.').filter((name) => name.endsWith('.md'));
  const docs = readdirSync('docs', { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name));
  return [...top, ...docs].sort();
}

export function readPage(path: string): Page {
  return pageOf(path, readFileSync(path, 'utf8'));
}

/** The page that a text is. */
export function pageOf(path: string, text: string): Page {
  const tokens = marked.lexer(text);
  const seen = new Map<string, number>();
  const parts = tokens.flatMap((token) => partOf(token, seen));
  const links: string[] = [];
  marked.walkTokens(tokens, (token) => {
    if (token.type === 'link' || token.type === 'image') links.push(token.href);
    if (token.type === 'html')
      links.push(...[...token.raw.matchAll(/\b(?:src|href)="([^"]+)"/g)].map(([, to = '']) => to));
  });
  const headings = parts.flatMap((part) => (part.kind === 'heading' ? [part.heading] : []));
  return { path, parts, headings, links };
}

function partOf(token: Token, seen: Map<string, number>): readonly Part[] {
  switch (token.type) {
    case 'heading': {
      const { depth, tokens = [] } = token as Tokens.Heading;
      const text = plain(tokens);
      return [{ kind: 'heading', heading: { level: depth, text, anchor: anchorOf(text, seen) } }];
    }
    case 'code': {
      const { lang = '', text } = token as Tokens.Code;
      return [{ kind: 'code', code: { language: lang, text } }];
    }
    case 'table': {
      const { header, rows } = token as Tokens.Table;
      const cells = [header, ...rows].map((row) => row.map(({ text }) => text));
      return [{ kind: 'table', table: { rows: cells } }];
    }
    default:
      return childrenOf(token).flatMap((inner) => partOf(inner, seen));
  }
}

function childrenOf(token: Token): readonly Token[] {
  if (token.type === 'list') return (token as Tokens.List).items;
  return (token as { readonly tokens?: readonly Token[] }).tokens ?? [];
}

/** The words of inline tokens without their marks. */
function plain(tokens: readonly Token[]): string {
  return tokens
    .map((token) => {
      const inner = childrenOf(token);
      if (inner.length > 0) return plain(inner);
      return 'text' in token ? String(token.text) : '';
    })
    .join('');
}

/** Code hosts keep letters, digits, `_` and `-` of every script, and count headings of the same words. */
function anchorOf(text: string, seen: Map<string, number>): string {
  const anchor = text
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu, '')
    .replaceAll(' ', '-');
  const before = seen.get(anchor) ?? 0;
  seen.set(anchor, before + 1);
  return before === 0 ? anchor : `${anchor}-${before}`;
}
