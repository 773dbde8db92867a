/** The frame of every page. */
import { type Html, html } from './html.ts';
import { linkTo, type PageName } from './links.ts';
import { commandHtml } from './pieces.ts';
import type { PageAbout } from './view.ts';

export interface LayoutOptions {
  readonly title: string;
  /** The page that is marked in the navigation; absent: there is no navigation. */
  readonly page?: PageName;
  readonly about: Pick<PageAbout, 'version' | 'sources'>;
  /** What brings styles and script: {@link served}, or the styles themselves in a file that stands alone. */
  readonly head: Html;
  /** The command line that shows the same. */
  readonly command: string;
  /** The address of the same as JSON; absent where nobody serves it. */
  readonly json?: string;
  readonly body: Html;
}

/** Styles and script beside the page. */
export const served: Html = html`<link rel="stylesheet" href="page.css"><link rel="icon" href="icon.svg"><script src="page.js" defer></script>`;

const PAGES: readonly (readonly [page: PageName, name: string])[] = [
  ['overview', 'Overview'],
  ['bindings', 'Bindings'],
  ['instances', 'Instances'],
  ['plan', 'Plan'],
  ['history', 'History'],
];

export function layout(options: LayoutOptions): Html {
  const { title, page, about, head, command, json, body } = options;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} · cvmsg</title>
${head}
</head>
<body>
<a class="skip" href="#main">Skip to content</a>
<header class="top">
<p class="mark"><svg viewBox="0 0 16 16" aria-hidden="true"><path d="M2 3h12M2 8h8M2 13h4"/></svg>cvmsg</p>
${page !== undefined && navigation(page)}
<p class="live" id="live" aria-live="polite"></p>
</header>
<main id="main" tabindex="-1">
${body}
</main>
<footer>
<p>The same on the command line ${commandHtml(command)}${json !== undefined && html` <a href="${json}">as JSON</a>`}</p>
<p class="faint">cvmsg ${about.version}, following ${about.sources.join(' and ')}</p>
</footer>
</body>
</html>`;
}

function navigation(page: PageName): Html {
  const marked = page === 'instance' ? 'instances' : page;
  const links = PAGES.map(
    ([name, text]) =>
      html`<li><a href="${linkTo(name)}"${name === marked && html` aria-current="page"`}>${text}</a></li>`,
  );
  return html`<nav aria-label="Pages"><ul>${links}</ul></nav>`;
}
