import { sheet } from '../http/style.js';

/** What the operator sees: calm, one accent, light and dark. */
const operatorStyle = `
:root {
  color-scheme: light dark;
  --canvas: #f7f8f8; --card: #ffffff; --ink: #1d2529; --quiet: #57636a; --line: #dbe1e4; --edge: #7c8a92;
  --accent: #14608f; --wash: #e6f0f6; --warn: #7a4300; --warn-wash: #fdf1df; --warn-line: #e6c48f;
}
@media (prefers-color-scheme: dark) {
  :root {
    --canvas: #12171a; --card: #1a2125; --ink: #e4eaed; --quiet: #a5b1b8; --line: #323d43; --edge: #71808a;
    --accent: #82c3ec; --wash: #1e323e; --warn: #f2c07d; --warn-wash: #322711; --warn-line: #5f4a22;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; scroll-padding-top: 1rem; }
body {
  margin: 0; background: var(--canvas); color: var(--ink); overflow-wrap: anywhere;
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Helvetica Neue", Arial, sans-serif;
}
a { color: var(--accent); text-underline-offset: 0.15em; }
a:hover { text-decoration-thickness: 2px; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 3px; }
main:focus { outline: none; }
.skip { position: absolute; left: -100vw; padding: 0.6rem 1rem; background: var(--card); }
.skip:focus { left: 0.5rem; top: 0.5rem; z-index: 1; }

.top { background: var(--card); border-bottom: 1px solid var(--line); }
.top > div, main { max-width: 76rem; margin: 0 auto; padding: 0 1rem; }
.top > div { display: flex; flex-wrap: wrap; align-items: center; gap: 0 1.5rem; }
.wordmark { padding: 0.7rem 0; color: var(--ink); font-weight: 700; letter-spacing: -0.01em; text-decoration: none; }
.top ul { display: flex; gap: 0.25rem; margin: 0; padding: 0; list-style: none; }
.top li a { display: block; padding: 0.7rem 0.6rem calc(0.7rem - 3px); border-bottom: 3px solid transparent; text-decoration: none; }
.top li a:hover { border-bottom-color: var(--line); }
.top li a[aria-current] { border-bottom-color: var(--accent); color: var(--ink); font-weight: 600; }

main { padding-top: 1.5rem; padding-bottom: 4rem; }
h1 { margin: 0 0 1.25rem; font-size: 1.75rem; line-height: 1.25; letter-spacing: -0.015em; }
h2 { margin: 0 0 0.75rem; font-size: 1.2rem; line-height: 1.3; }
h3 { margin: 0; font-size: 1rem; }
section { margin: 2.25rem 0 0; }
p { margin: 0 0 0.75rem; max-width: 46rem; }
small, .quiet, .under { color: var(--quiet); }
small, .under, .quiet { font-size: 0.875rem; }
.under { display: block; font-weight: 400; }
code, pre, .raw { font-family: ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; font-size: 0.875em; }

.panel { margin: 0 0 1.5rem; padding: 1rem 1.25rem; max-width: none; border-radius: 8px; background: var(--wash); }
.panel > :last-child, .panel li:last-child { margin-bottom: 0; }
.panel ul { margin: 0 0 0.75rem; padding-left: 1.2rem; }
.panel li { margin-bottom: 0.4rem; }
.panel.warn { background: var(--warn-wash); box-shadow: inset 4px 0 0 var(--warn); }
.chip { display: inline-block; margin: 0.1rem 0; padding: 0 0.5rem; border: 1px solid var(--line); border-radius: 0.75rem; color: var(--quiet); font-size: 0.8125rem; font-weight: 400; overflow-wrap: anywhere; }
.chip.warn { border-color: var(--warn-line); background: var(--warn-wash); color: var(--warn); }

.scroll { overflow-x: auto; border: 1px solid var(--line); border-radius: 8px; background: var(--card); margin: 0 0 0.75rem; }
table { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums; overflow-wrap: normal; }
th, td { padding: 0.55rem 0.9rem; text-align: left; vertical-align: top; border-top: 1px solid var(--line); }
thead th { border-top: 0; color: var(--quiet); font-size: 0.8125rem; font-weight: 600; white-space: nowrap; vertical-align: bottom; }
tbody th { min-width: 7rem; font-weight: 500; }
tbody th.long { width: 45%; min-width: 13rem; overflow-wrap: anywhere; }
td.long { min-width: 15rem; overflow-wrap: anywhere; }
tfoot th, tfoot td { border-top: 2px solid var(--edge); font-weight: 700; }
.number { text-align: right; white-space: nowrap; }
.number small { display: block; }
td.time { white-space: nowrap; }
td .under { min-width: 9rem; }
td.bar { width: 50%; min-width: 5rem; vertical-align: middle; }
td.raw { overflow-wrap: anywhere; min-width: 16rem; }
svg { display: block; }
svg rect { fill: var(--accent); }
svg .track { fill: var(--wash); }
pre { margin: 0; padding: 0.9rem 1.1rem; line-height: 1.5; }
section pre[dir] { white-space: pre-wrap; }

.facts { display: grid; gap: 0 1rem; margin: 0 0 1rem; }
.facts > div { display: grid; grid-template-columns: 11rem minmax(0, 1fr); gap: 0 1rem; padding: 0.3rem 0; border-top: 1px solid var(--line); }
.facts > div:first-child { border-top: 0; }
.facts dt { color: var(--quiet); }
.facts dd { margin: 0; }
@media (max-width: 34rem) { .top > div { gap: 0 0.6rem; } .top li a { padding-left: 0.4rem; padding-right: 0.4rem; } th, td { padding: 0.5rem 0.65rem; } .facts > div { grid-template-columns: minmax(0, 1fr); } .facts dt { font-size: 0.875rem; } }

.sequence { margin: 0 0 1.5rem; }
.sequence .number { width: 7.5rem; }
.sequence p { margin-bottom: 0.5rem; }
.pair { display: grid; gap: 0 2rem; }
.pair > section { min-width: 0; }
@media (min-width: 64rem) { .pair { grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); } }

.day { display: grid; grid-template-columns: minmax(0, 1fr); margin: 0 0 1rem; }
.day h3 { padding: 0.2rem 0; color: var(--quiet); font-size: 0.875rem; font-weight: 600; }
.day ol { margin: 0; padding: 0; list-style: none; border-left: 3px solid var(--line); }
.day li { display: grid; grid-template-columns: 3.2rem minmax(0, 1fr); gap: 0 0.75rem; padding: 0.35rem 0 0.35rem 0.9rem; font-variant-numeric: tabular-nums; }
.day li > time { color: var(--quiet); }
.because { grid-column: 2; color: var(--quiet); font-size: 0.875rem; }
.mail .what { font-weight: 600; }
.of { font-size: 0.875rem; white-space: nowrap; }
@media (min-width: 48rem) {
  .day { grid-template-columns: 10rem minmax(0, 1fr); }
  .day h3 { padding: 0.45rem 0; font-size: 0.9375rem; }
  .day li { grid-template-columns: 3.2rem minmax(0, 3fr) minmax(0, 2fr); }
  .because { grid-column: 3; padding-top: 0.1rem; }
}
.now { display: flex; align-items: center; gap: 0.9rem; margin: 1.25rem 0; color: var(--accent); }
.now::after { content: ""; flex: 1; height: 2px; background: var(--accent); }
.future .day ol { border-left-style: dashed; border-left-color: var(--edge); }

.links a { margin-right: 1.25rem; }
.frames { display: grid; gap: 1.5rem; }
.frames section { margin: 0; min-width: 0; }
.frames h2 { font-size: 1rem; }
@media (max-width: 40rem) { .frames .desktop { display: none; } }
iframe { display: block; width: 100%; height: 44rem; border: 1px solid var(--line); border-radius: 8px; }
.phone iframe { width: 322px; max-width: 100%; }
@media (min-width: 62rem) { .frames { grid-template-columns: minmax(0, 1fr) 322px; } }

.steps ol { margin: 0; padding: 0 0 0 2rem; }
.steps ol ol { margin: 0.25rem 0 0.75rem; padding-left: 1.6rem; border-left: 3px solid var(--line); }
.steps li { padding: 0.45rem 0; }
.steps li::marker { color: var(--quiet); font-variant-numeric: tabular-nums; }
.steps p { margin: 0; }
.steps .chip { margin-right: 0.2rem; border-color: var(--edge); }
.steps + p { margin-top: 1rem; }
.numbers { display: flex; flex-wrap: wrap; gap: 0.4rem 1.5rem; margin: 0.5rem 0 0.25rem; padding: 0.6rem 0.9rem; border: 1px solid var(--line); border-radius: 8px; background: var(--card); width: fit-content; font-variant-numeric: tabular-nums; }
.numbers dt { color: var(--quiet); font-size: 0.8125rem; }
.numbers dd { margin: 0; }
`;

/** The style of the preview's pages. */
export const operatorSheet = sheet('operator', operatorStyle);
