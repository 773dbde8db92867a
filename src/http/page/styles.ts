/** How pages look: calm type, one accent, colour for states only. One text, which can stand in a file as well. */

export const icon =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><rect width="16" height="16" rx="4" fill="#2a63b0"/><path d="M4 5h8M4 8h5.5M4 11h3" stroke="#fff" stroke-width="1.6" stroke-linecap="round"/></svg>';

export const styles = `
:root {
  color-scheme: light dark;
  --page: #fafaf9; --surface: #fff; --sunk: #f1f2f2; --line: #e3e5e7; --edge: #7d868f;
  --text: #1b1f24; --faint: #59626c; --accent: #1f5cab;
  --good: #1b6b40; --busy: #855400; --bad: #b0241c;
  --mono: ui-monospace, "SF Mono", "Cascadia Code", "DejaVu Sans Mono", Menlo, Consolas, monospace;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #13161a; --surface: #1a1e23; --sunk: #22272d; --line: #2b3138; --edge: #7b8590;
    --text: #e5e8eb; --faint: #a1aab4; --accent: #8cb9f7;
    --good: #7fd0a0; --busy: #efb95f; --bad: #ff8f86;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; scrollbar-gutter: stable; }
body {
  margin: 0 auto; padding: 0 clamp(1rem, 3vw, 2.5rem); max-width: 84rem; background: var(--page); color: var(--text);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif; overflow-wrap: anywhere;
}
a { color: var(--accent); text-decoration: none; text-underline-offset: .2em; }
a:hover, p a, dd a { text-decoration: underline; text-decoration-thickness: 1px; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 3px; }
main:focus { outline: none; }
code, .id { font: .86em/1.5 var(--mono); }
h1 { font-size: 1.6rem; line-height: 1.25; font-weight: 620; letter-spacing: -.015em; margin: 2.25rem 0 1.25rem; text-wrap: balance; }
h2 { font-size: 1.02rem; font-weight: 620; margin: 0 0 .75rem; }
h3 { font-size: .87rem; font-weight: 600; color: var(--faint); margin: 0 0 .5rem; }
h1 .name { color: var(--faint); font-weight: 400; }
p { margin: 0 0 .75rem; }
ul, ol { margin: 0; padding: 0; list-style: none; }
section { margin: 0 0 2.75rem; }
.faint, .detail, time { color: var(--faint); }
.detail { display: block; font-size: .87rem; max-width: 68ch; }
.skip { position: absolute; left: -99rem; top: .5rem; background: var(--surface); padding: .5rem .75rem; }
.skip:focus { left: 1rem; z-index: 1; }

.top { display: flex; flex-wrap: wrap; align-items: baseline; gap: .25rem 2rem; padding: 1.1rem 0 .8rem; border-bottom: 1px solid var(--line); }
.top p { margin: 0; }
.mark { font-weight: 680; letter-spacing: -.01em; }
.mark svg { width: .95em; height: .95em; margin-right: .5em; vertical-align: -.08em; fill: none; stroke: var(--accent); stroke-width: 2.2; stroke-linecap: round; }
nav ul { display: flex; flex-wrap: wrap; gap: .25rem 1.4rem; }
nav a { color: var(--faint); padding: .25rem 0; display: inline-block; }
nav a[aria-current] { color: var(--text); font-weight: 600; box-shadow: 0 2px 0 var(--accent); }
.live { margin-left: auto !important; color: var(--faint); font-size: .87rem; min-height: 1.3em; }
footer { border-top: 1px solid var(--line); margin-top: 3rem; padding: 1.1rem 0 2.5rem; font-size: .87rem; color: var(--faint); }
footer p { margin: 0 0 .4rem; }

.state { white-space: nowrap; font-weight: 560; }
.state::before { content: ""; display: inline-block; width: .55em; height: .55em; border-radius: 50%; background: currentColor; margin-right: .5em; vertical-align: .06em; }
.state.quiet::before { background: none; box-shadow: inset 0 0 0 1.5px currentColor; }
.good { color: var(--good); } .busy { color: var(--busy); } .bad { color: var(--bad); } .quiet { color: var(--faint); }
.sentence { color: var(--text); padding-left: 1.1rem; border-left: 4px solid var(--good); }
.sentence.busy { border-color: var(--busy); } .sentence.bad { border-color: var(--bad); }
.lead { font-size: 1.05rem; max-width: 72ch; margin-bottom: 1.75rem; }

.problems li, .pending li { background: var(--surface); border: 1px solid var(--line); border-radius: 10px; padding: .8rem 1.1rem; margin-bottom: .6rem; }
.problems a { display: flex; flex-wrap: wrap; justify-content: space-between; gap: .2rem 1.5rem; font-variant-numeric: tabular-nums; }
.problems .state { white-space: normal; }
.problems .detail, .pending .detail { margin: .3rem 0 0; max-width: 100ch; }
.pending .command { margin-top: .6rem; }
.command { display: inline-flex; align-items: center; max-width: 100%; gap: .5rem; background: var(--sunk); border-radius: 6px; padding: .15rem .6rem; }
.command code { color: var(--text); overflow-wrap: anywhere; }
button, input, select { font: inherit; color: inherit; background: var(--surface); border: 1px solid var(--edge); border-radius: 6px; padding: .25rem .6rem; min-height: 1.9rem; }
button { cursor: pointer; }
button:hover { border-color: var(--accent); }
.command button { border: 0; background: none; color: var(--accent); padding: 0 .2rem; min-height: 1.6rem; flex: none; font-size: .87rem; }

.pair { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 0 3rem; }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(13rem, 1fr)); gap: 1.1rem 2rem; margin: 0 0 2.5rem; }
.facts dt { font-size: .87rem; color: var(--faint); } .facts dd { margin: 0; }
.list { counter-reset: place; background: var(--surface); border: 1px solid var(--line); border-radius: 10px; overflow: hidden; }
.list li { counter-increment: place; display: flex; flex-wrap: wrap; gap: .1rem .9rem; align-items: baseline; padding: .5rem 1rem; box-shadow: inset 3px 0 var(--step, transparent); }
.list li + li { border-top: 1px solid var(--line); }
.list li::before { content: counter(place); color: var(--faint); font-size: .87rem; font-variant-numeric: tabular-nums; min-width: 1.2em; }
.list .step { margin-left: auto; font-size: .87rem; font-weight: 560; color: var(--step); }
.add { --step: var(--good); } .remove { --step: var(--bad); } .move { --step: var(--busy); }
.group .name, td .name { color: var(--faint); font-size: .92em; }
.rules li, .effects li { padding: .3rem 0; border-top: 1px solid var(--line); }
.rules .never code { color: var(--faint); text-decoration: line-through; }
td .steps { min-width: 13rem; }
td .prose { display: block; min-width: 21rem; }
.windows li { padding: .3rem 0; }

table { width: 100%; border-collapse: collapse; overflow-wrap: break-word; }
caption { position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden; }
th { text-align: left; font-size: .87rem; font-weight: 560; color: var(--faint); padding: .3rem 1.4rem .4rem 0; border-bottom: 1px solid var(--line); vertical-align: bottom; }
.prose, .detail, .group .name, td .name { overflow-wrap: anywhere; }
table + p { margin-top: .9rem; }
td time, td > a { white-space: nowrap; }
.group { display: inline-block; }
.group code { white-space: nowrap; }
td { padding: .55rem 1.4rem .55rem 0; border-bottom: 1px solid var(--line); vertical-align: top; font-variant-numeric: tabular-nums; }
th:last-child, td:last-child { padding-right: 0; }
tbody tr:hover { background: linear-gradient(var(--sunk), var(--sunk)) no-repeat; }
.filters td { padding: .5rem .6rem .2rem 0; border: 0; }
.filters input, .filters select { width: 100%; min-width: 4.5rem; font-size: .87rem; }
.apply td { padding: .2rem 0 .6rem; font-size: .87rem; }
.pager { display: flex; gap: 1.4rem; color: var(--faint); font-size: .87rem; margin: .9rem 0; font-variant-numeric: tabular-nums; }
.none { padding: 1rem 0; color: var(--faint); }
.ask { display: flex; flex-wrap: wrap; align-items: end; gap: .6rem 1rem; margin-bottom: 1.25rem; }
.ask label { display: grid; font-size: .87rem; color: var(--faint); flex: 1 1 11rem; max-width: 18rem; }
.chart { width: 100%; max-width: 40rem; height: auto; }
.chart rect { fill: var(--accent); } .chart text { fill: var(--faint); font-size: 11px; font-variant-numeric: tabular-nums; }
.chart .axis { stroke: var(--line); fill: none; }

@media screen and (max-width: 56rem) {
  .pair { grid-template-columns: minmax(0, 1fr); }
  table, thead, tbody, tr, td { display: block; }
  thead tr:first-child { position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden; }
  .filters { display: grid; grid-template-columns: repeat(auto-fit, minmax(8.5rem, 1fr)); }
  .filters td:empty { display: none; }
  tbody tr { background: var(--surface); border: 1px solid var(--line); border-radius: 10px; padding: .5rem 1rem; margin-bottom: .7rem; }
  tbody tr:hover { background: var(--surface); }
  tbody td { border: 0; padding: .25rem 0; display: grid; grid-template-columns: minmax(6rem, 28%) minmax(0, 1fr); gap: 0 .8rem; }
  tbody td::before { content: attr(data-label); grid-row: 1 / 20; color: var(--faint); font-size: .87rem; }
  tbody td > * { grid-column: 2; }
  tbody td:empty { display: none; }
  td .steps, td .prose { min-width: 0; }
  td > a, .group code { white-space: normal; overflow-wrap: anywhere; }
  h1 { font-size: 1.3rem; margin-top: 1.5rem; }
}
@media print { .top nav, .live, .skip, button, .filters, .apply { display: none; } }
`;
