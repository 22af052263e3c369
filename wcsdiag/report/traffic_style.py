"""The style sheet of the page of hook traffic: on a screen, in the dark, and on paper."""

from __future__ import annotations

STYLE = """
:root {
  --paper: #fff; --ink: #1b2026; --quiet: #59636e; --rule: #dfe3e8; --band: #f5f7f9;
  --hook: #0a5bab; --good: #1a7340; --bad: #b3261e; --doubt: #835500;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --paper: #14181c; --ink: #e4e8ec; --quiet: #9ba6b1; --rule: #2f373f; --band: #1b2127;
    --hook: #77b5f5; --good: #74d198; --bad: #ff938a; --doubt: #e8bb62;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; max-width: 74rem; padding: 1.5rem 1rem 3rem;
  background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
  font-variant-numeric: tabular-nums; overflow-wrap: anywhere;
}
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 .5rem; }
h2 {
  font-size: 1.1rem;
  margin: 2.25rem 0 .6rem;
  padding-top: .6rem;
  border-top: 1px solid var(--rule);
}
h3, summary { font-size: 1rem; font-weight: 600; margin: 0; }
p { margin: .25rem 0; }
.verdict { font-weight: 700; letter-spacing: .04em; }
.lead { font-size: 1.1rem; }
.quiet, figcaption, caption, .origin { color: var(--quiet); }
.good { color: var(--good); } .bad { color: var(--bad); } .doubt { color: var(--doubt); }
.problems { list-style: none; margin: 0; padding: 0; }
.problems > li {
  border-left: 4px solid var(--bad); margin: 0 0 .9rem; padding: .1rem 0 .1rem .8rem;
}
.problems > li.remark { border-color: var(--doubt); }
.seen {
  font: .85rem/1.5 ui-monospace, "Cascadia Mono", Menlo, Consolas, monospace;
  color: var(--quiet);
}
.scroll { overflow-x: auto; }
.scroll:focus-visible, summary:focus-visible {
  outline: 2px solid var(--hook); outline-offset: 2px;
}
table { border-collapse: collapse; width: 100%; font-size: .875rem; }
caption { text-align: left; padding-bottom: .35rem; }
th, td {
  text-align: left;
  vertical-align: top;
  padding: .25rem .75rem .25rem 0;
  border-bottom: 1px solid var(--rule);
}
thead th { color: var(--quiet); font-weight: 600; white-space: nowrap; }
td p { margin: 0; }
tbody th { font-weight: 600; min-width: 15em; }
.app { min-width: 7em; }
.number { text-align: right; white-space: nowrap; }
.word { white-space: nowrap; }
.long { min-width: 16rem; }
details { border-bottom: 1px solid var(--rule); padding: .5rem 0; }
summary { cursor: pointer; }
.sequences {
  display: grid; gap: 1.25rem 2.5rem; align-items: start; margin-top: .75rem;
  grid-template-columns: repeat(auto-fill, minmax(min(100%, 20rem), 1fr));
}
figure { margin: 0; }
figcaption { font-size: .875rem; }
svg { display: block; max-width: 100%; fill: none; }
svg text { fill: var(--ink); font-size: 11px; }
svg .diagram, .diagram {
  width: 100%; max-width: 30rem; height: auto; background: var(--band); border-radius: 4px;
}
.plot, .plot svg { overflow: visible; }
svg text.name { font-size: 12px; font-weight: 600; }
svg text.lane-name { font-weight: 600; fill: var(--quiet); }
svg text.quiet, svg text.time { fill: var(--quiet); }
svg text.bad { fill: var(--bad); } svg text.doubt { fill: var(--doubt); }
line, path { stroke-width: 1.4; }
.lane, .grid { stroke: var(--rule); stroke-width: 1; }
.hook { stroke: var(--hook); } .head.hook { fill: var(--hook); }
line.good, path.good { stroke: var(--good); } path.head.good { fill: var(--good); }
line.bad, path.bad { stroke: var(--bad); } path.head.bad { fill: var(--bad); }
line.doubt, path.doubt { stroke: var(--doubt); } path.head.doubt { fill: var(--doubt); }
line.answer { stroke-dasharray: 2 3; } line.gone { stroke-dasharray: 6 5; }
path.cross { stroke-width: 2; }
.dot { fill: var(--hook); fill-opacity: .6; }
.plot text { paint-order: stroke; stroke: var(--paper); stroke-width: 3px; }
.limit { stroke: var(--doubt); stroke-dasharray: 6 4; }
@media print {
  @page { margin: 14mm 12mm; }
  body { max-width: none; padding: 0; font-size: 10pt; }
  details::details-content { content-visibility: visible; block-size: auto; }
  details:not([open]) > p { display: block; }
  details:not([open]) > .sequences { display: grid; }
  summary { list-style: none; }
  .scroll { overflow: visible; }
  table { font-size: 8pt; }
  th, td { padding-right: .4rem; }
  .word { white-space: normal; }
  .plot text { stroke: none; }
  .long { min-width: 0; }
  .sequences { grid-template-columns: 1fr 1fr; }
  h2, h3, summary, caption { break-after: avoid; }
  figure, tr, .problems > li { break-inside: avoid; }
  thead { display: table-header-group; }
}
"""
