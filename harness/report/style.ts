/**
 * The report's style sheet: light, dark and print, from 360 px to wide screens, system fonts only.
 * Text has a contrast of at least 4.5:1 and marks of charts 3:1 on their surface, in both schemes.
 */

/**
 * c0 is the reference's ink, caa its A/A twin, c1 to c5 Okabe-Ito (orange and purple darkened on
 * white to reach 3:1).
 */
const LIGHT = `
  --page: #ffffff; --surface: #ffffff; --sunken: #f4f5f6; --ink: #16191d; --muted: #555d66;
  --rule: #d9dde1; --grid: #e7eaed; --axis: #8b949c; --link: #0b5cad; --focus: #0b5cad;
  --good: #0b6b4a; --good-bg: #e3f4ec; --bad: #9a3412; --bad-bg: #fdeee3; --bad-rule: #d9864f; --open: #6b4e00; --open-bg: #fbf1d3;
  --c0: #16191d; --caa: #7b838b; --c1: #0072b2; --c2: #d55e00; --c3: #009e73; --c4: #b5608f; --c5: #b97f00;
  --p1: #2f3740; --p2: #8a949e; --p3: #c3c9cf; --p4: #5d6670; --p5: #e2e5e8;
`;

const DARK = `
  --page: #14171a; --surface: #14171a; --sunken: #1d2125; --ink: #e8eaed; --muted: #a6aeb6;
  --rule: #343a41; --grid: #262b30; --axis: #78818a; --link: #7cb8f2; --focus: #7cb8f2;
  --good: #7fd8b1; --good-bg: #143026; --bad: #f7b27f; --bad-bg: #33211a; --bad-rule: #b0663a; --open: #ecd08a; --open-bg: #33290f;
  --c0: #f2f4f6; --caa: #959da6; --c1: #56b4e9; --c2: #f0762b; --c3: #1bbf90; --c4: #d997bb; --c5: #e69f00;
  --p1: #e3e7eb; --p2: #8e98a2; --p3: #4c545d; --p4: #b9c0c7; --p5: #30363d;
`;

const BASE = `
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; scroll-padding-top: 3.5rem; }
body {
  margin: 0; background: var(--page); color: var(--ink);
  font: 400 1rem/1.6 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif;
  font-variant-numeric: tabular-nums; overflow-wrap: anywhere;
}
main, footer, nav ul { width: min(100% - 2rem, 80rem); margin-inline: auto; }
h1, h2, h3, h4 { line-height: 1.25; text-wrap: balance; margin: 0; }
h1 { font-size: clamp(1.7rem, 1.2rem + 2vw, 2.5rem); font-weight: 700; letter-spacing: -0.015em; }
h2 { font-size: 1.5rem; font-weight: 650; letter-spacing: -0.01em; margin-bottom: 1rem; }
h3 { font-size: 1.0625rem; font-weight: 650; margin: 1.75rem 0 0.5rem; }
h4 { font-size: 0.875rem; font-weight: 600; color: var(--muted); }
p, ul { max-width: 70ch; margin: 0 0 0.75rem; }
ul { padding-left: 1.2rem; }
li { margin-bottom: 0.4rem; }
a { color: var(--link); text-underline-offset: 0.15em; }
:focus-visible { outline: 2px solid var(--focus); outline-offset: 2px; border-radius: 2px; }
abbr { text-decoration: none; }
code, pre, .mono { font-family: ui-monospace, "SF Mono", "Cascadia Mono", "DejaVu Sans Mono", Menlo, monospace; }
code, .mono { font-size: 0.875em; }
pre { margin: 0; padding: 0.75rem 1rem; font-size: 0.875rem; line-height: 1.5; }
pre code { font-size: inherit; }
main > section { margin-top: 3.5rem; }
/* What is not in sight waits to be laid out: a large report opens in half the time. */
main > section, figure, .card { content-visibility: auto; contain-intrinsic-size: auto 30rem; overflow-clip-margin: 0.5rem; }
main > section { contain-intrinsic-size: auto 120rem; }
footer { margin-block: 4rem 2rem; padding-top: 1rem; border-top: 1px solid var(--rule); color: var(--muted); font-size: 0.875rem; }
.unit { font-weight: 400; color: var(--muted); }
.small { font-size: 0.8125rem; }
.note { color: var(--muted); font-size: 0.9375rem; }
.gap { color: var(--muted); }
.sr { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.skip { position: absolute; left: 1rem; top: -4rem; padding: 0.5rem 0.75rem; background: var(--page); z-index: 2; }
.skip:focus { top: 0.5rem; }
`;

const SUMMARY = `
nav { position: sticky; top: 0; z-index: 1; background: var(--page); border-bottom: 1px solid var(--rule); }
nav ul { display: flex; gap: 1.5rem; padding: 0; margin-block: 0; list-style: none; max-width: none; overflow-x: auto; }
nav li { margin: 0; flex: none; }
nav a { display: block; padding: 0.65rem 0; color: var(--muted); text-decoration: none; font-size: 0.875rem; }
nav a:hover { color: var(--ink); text-decoration: underline; }
header { padding-top: 2.5rem; }
header > section { margin-top: 1.5rem; }
.eyebrow { color: var(--muted); font-size: 0.875rem; margin-bottom: 0.6rem; max-width: none; }
h2.quiet { font-size: 0.875rem; font-weight: 600; letter-spacing: 0; color: var(--muted); margin-bottom: 0.4rem; }
.answer { font-size: clamp(1.0625rem, 0.95rem + 0.6vw, 1.3rem); line-height: 1.5; max-width: 62ch; margin-bottom: 1rem; }
.beside { display: grid; gap: 0 3rem; }
@media (min-width: 64rem) { .beside { grid-template-columns: minmax(0, 1.5fr) minmax(0, 1fr); align-items: start; } .beside .outcome { margin-top: 0.25rem; } }
.aa { font-size: 0.9375rem; }
.aa.misses { border-left: 3px solid var(--bad-rule); padding-left: 0.8rem; }
.caveats { font-size: 0.9375rem; }
.outcome { font-size: 0.9375rem; margin-top: 1rem; }
.outcome ul, .outcome p { margin-bottom: 0.25rem; }
.notice { max-width: 70ch; margin-bottom: 1rem; padding: 0.8rem 1rem; background: var(--bad-bg); border-left: 3px solid var(--bad-rule); }
.chip { display: inline-block; padding: 0.05rem 0.5rem; margin-right: 0.35rem; border-radius: 3px; font-weight: 650; }
.chip.good { color: var(--good); background: var(--good-bg); }
.chip.open { color: var(--open); background: var(--open-bg); }
.chip.plain { color: var(--ink); background: var(--sunken); }
.chip.bad { color: var(--bad); background: var(--bad-bg); }
.notice .chip.bad { padding-left: 0; }
.machine { max-width: none; font-size: 0.9375rem; color: var(--muted); }
.machine .label { font-weight: 650; color: var(--ink); margin-right: 0.35rem; }
details { margin: 0.75rem 0; }
summary { cursor: pointer; font-size: 0.9375rem; color: var(--link); width: fit-content; }
details[open] > summary { margin-bottom: 0.5rem; }
details > ul { font-size: 0.9375rem; }
`;

const TABLES = `
.scroll { overflow-x: auto; border: 1px solid var(--rule); border-radius: 4px; margin-bottom: 0.75rem; position: relative; container-type: inline-size; }
caption > span { display: block; position: sticky; left: 0.75rem; max-width: calc(100cqw - 1.5rem); }
table { overflow-wrap: normal; border-collapse: collapse; width: 100%; font-size: 0.875rem; line-height: 1.4; }
caption { text-align: left; color: var(--muted); padding: 0.6rem 0.75rem; }
th, td { padding: 0.5rem 0.75rem; text-align: left; vertical-align: top; border-top: 1px solid var(--rule); }
table:not(:has(caption, thead)) tr:first-child > *, table:not(:has(caption)) thead th { border-top: 0; }
thead th { font-weight: 600; vertical-align: bottom; background: var(--sunken); }
thead .unit { display: block; font-size: 0.93em; }
tbody th { font-weight: 500; }
.num { text-align: right; white-space: nowrap; }
thead .num { white-space: normal; min-width: 6.25rem; }
td .value { display: block; font-size: 1.07em; font-weight: 600; }
td .interval { display: block; color: var(--muted); font-size: 0.93em; }
td .ratio { display: block; margin-top: 0.15rem; font-size: 0.93em; }
td .ratio b { font-weight: 600; }
td .mde { display: block; color: var(--muted); }
.headline :is(th, td) { padding-inline: 0.6rem; }
.headline th:first-child { position: sticky; left: 0; background: var(--page); z-index: 1; }
.headline thead th:first-child { background: var(--sunken); }
.headline tbody th[scope="row"] { min-width: 12rem; }
.headline .group th { background: var(--sunken); font-weight: 650; position: static; }
.headline .group span { position: sticky; left: 0.75rem; }
.name { display: block; margin-left: 1.4rem; width: max-content; max-width: 13rem; overflow-wrap: anywhere; }
.name .id { display: block; font-weight: 600; }
.name .sub { display: block; color: var(--muted); font-size: 0.93em; font-weight: 400; }
.headline .twin td, .twin .id { font-style: italic; }
tbody th .swatch { float: left; margin-top: 0.2rem; }
.data td.text { white-space: normal; min-width: 14rem; max-width: 40rem; }
.data td.hash { overflow-wrap: anywhere; }
.facts th { width: 1%; white-space: nowrap; font-weight: 500; color: var(--muted); }
.facts td { min-width: 9rem; overflow-wrap: anywhere; }
.gaps { font-size: 0.875rem; color: var(--muted); max-width: 90ch; overflow-wrap: anywhere; }
.gaps .where { color: var(--ink); }
.columns { display: grid; gap: 0 3rem; }
.columns h3 { margin-top: 0.5rem; }
`;

const CLAIMS = `
.cards { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fill, minmax(min(100%, 32rem), 1fr)); }
.card:has(svg.again) { grid-column: 1 / -1; }
.card .legend { gap: 0 0.9rem; font-size: 0.8125rem; margin: 0.35rem 0 0; }
.card { display: grid; gap: 0.5rem 2rem; padding: 1rem 1.25rem; border: 1px solid var(--rule); border-radius: 6px; min-width: 0; }
.card > div { min-width: 0; }
.card h4 { font-size: 1.0625rem; color: var(--ink); margin-bottom: 0.4rem; }
.card p { margin-bottom: 0.5rem; }
.verdict { margin-bottom: 0.4rem; font-size: 0.9375rem; }
.fixed { font-size: 0.9375rem; color: var(--muted); }
.fixed .label { font-weight: 600; color: var(--ink); }
.flips { font-size: 0.9375rem; }
.runs { margin-block: 1.5rem; }
.run-time { display: block; font-size: 0.8125rem; }
.card details { margin: 0.35rem 0; }
.left-open ul { max-width: 90ch; }
svg.again { width: 100%; height: auto; max-width: 22rem; align-self: start; }
@media (min-width: 56rem) { .card:has(svg.again) { grid-template-columns: minmax(0, 1fr) 22rem; } }
.sides { table-layout: fixed; font-size: 0.8125rem; }
.sides th, .sides td { padding: 0.05rem 0.6rem; border-top: 0; }
.sides th { padding-block: 0.4rem; }
.sides td code { white-space: pre-wrap; overflow-wrap: anywhere; }
.sides th:first-child { width: 2rem; }
.sides .sign { color: var(--bad); text-align: center; }
.sides .differs { background: var(--bad-bg); }
.sides .none { background: var(--sunken); }
#traces, #sources { margin-bottom: 2rem; }
.downloads { display: flex; flex-wrap: wrap; gap: 0.5rem; list-style: none; padding: 0; max-width: none; }
.downloads[hidden] { display: none; }
button { font: inherit; font-size: 0.9375rem; color: var(--link); background: var(--page); border: 1px solid var(--axis); border-radius: 4px; padding: 0.35rem 0.75rem; cursor: pointer; }
button:hover { background: var(--sunken); }
.bubble { position: absolute; z-index: 3; max-width: 20rem; padding: 0.4rem 0.65rem; background: var(--ink); color: var(--page); border-radius: 4px; font-size: 0.8125rem; line-height: 1.4; pointer-events: none; overflow-wrap: anywhere; }
.bubble[hidden] { display: none; }
svg .lit { stroke: var(--ink); stroke-width: 3; }
`;

const CHARTS = `
.figures { display: grid; gap: 3rem 2.5rem; margin-top: 1.5rem; }
figure { margin: 0; min-width: 0; }
figure h3 { margin-top: 0; }
figcaption { font-size: 0.9375rem; color: var(--muted); max-width: 75ch; margin-top: 0.5rem; }
figcaption strong { color: var(--ink); font-weight: 500; }
.panels { display: grid; gap: 1.25rem 1rem; }
.panel { min-width: 0; }
figure.load .panels { align-items: end; }
.panels.n1 .drawing.wide svg { max-width: 60rem; }
.drawing svg { display: block; width: 100%; height: auto; }
.drawing.any svg { max-width: 26rem; }
.drawing.wide { display: none; }
.drawing.narrow svg { max-width: 26rem; }
svg.chart { overflow: visible; font-family: inherit; font-variant-numeric: tabular-nums; }
.nothing { padding: 2rem 1rem; background: var(--sunken); border-radius: 4px; color: var(--muted); }
.legend { display: flex; flex-wrap: wrap; gap: 0.25rem 1.25rem; list-style: none; padding: 0; margin: 0 0 0.75rem; max-width: none; font-size: 0.875rem; }
.legend li { margin: 0; }
.swatch { vertical-align: -0.15em; overflow: visible; }
@media (min-width: 40rem) {
  .drawing.wide { display: block; }
  .drawing.wide svg { max-width: 44rem; }
  .drawing.narrow, .legend-narrow .legend { display: none; }
  .panels.n2, .panels.n3, .panels.n4 { grid-template-columns: 1fr 1fr; }
}
@media (min-width: 64rem) {
  .figures { grid-template-columns: 1fr 1fr; }
  figure.full { grid-column: 1 / -1; }
  .panels.n3 { grid-template-columns: repeat(3, 1fr); }
  .panels.n4 { grid-template-columns: repeat(4, 1fr); }
  .columns { grid-template-columns: 1fr 1fr; }
}
@media (max-width: 40rem) {
  .headline tbody th[scope="row"] { min-width: 9.5rem; max-width: 9.5rem; }
  .headline .name { width: auto; max-width: 7rem; }
  th, td { padding-inline: 0.6rem; }
  .facts th { white-space: normal; overflow-wrap: anywhere; min-width: 6.5rem; }
  main > section { margin-top: 2.75rem; }
}
`;

const PRINT = `
@media print {
  @page { margin: 14mm; }
  body { font-size: 9.5pt; }
  nav, .skip { display: none; }
  main, footer { width: auto; }
  main > section { margin-top: 2rem; }
  main > section, figure, .card { content-visibility: visible; }
  h2, h3, h4 { break-after: avoid; }
  figure, tr, .card { break-inside: avoid; }
  .downloads, .bubble, details:not([open]) { display: none; }
  .scroll { overflow: visible; border: 0; }
  table { font-size: 7.5pt; }
  th, td, .headline :is(th, td) { padding: 0.25rem 0.3rem; }
  thead .num { min-width: 0; }
  .num { white-space: normal; }
  .headline th:first-child { position: static; }
  .name { width: auto; max-width: none; }
  .headline .interval { white-space: normal; }
  .first :is(.interval, .ratio) { white-space: nowrap; }
  .first :is(th, td) { padding-inline: 0.15rem; }
  .headline tbody th[scope="row"] { min-width: 0; }
  .data td.text, .facts td { min-width: 0; }
}
`;

export const STYLE = [
  `:root { color-scheme: light dark; ${LIGHT} }`,
  `@media screen and (prefers-color-scheme: dark) { :root { ${DARK} } }`,
  BASE,
  SUMMARY,
  TABLES,
  CLAIMS,
  CHARTS,
  PRINT,
].join('\n');
