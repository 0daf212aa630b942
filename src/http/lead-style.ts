/** What leads see: the colours of the mails (`templates/layout.mjml`), made for a phone first. */
export const leadStyle = `
:root {
  color-scheme: light dark;
  --canvas: #f1f4f3; --card: #ffffff; --panel: #eaf2f0; --ink: #25322f; --quiet: #566361; --line: #6b7f7a; --hair: #d5dfdc; --wrong: #a3261c;
  --action: #0f6b62; --action-over: #0b544d; --on-action: #ffffff;
}
@media (prefers-color-scheme: dark) {
  :root {
    --canvas: #0f1514; --card: #182120; --panel: #24332f; --ink: #e4ebe9; --quiet: #a9b7b4; --line: #7d918c; --hair: #33433f; --wrong: #ff9d93;
    --action: #82d4c7; --action-over: #a3e2d8; --on-action: #0c1f1c;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; min-height: 100vh; padding: 24px 16px; background: var(--canvas); color: var(--ink);
  font: 17px/1.55 Arial, Helvetica, sans-serif; overflow-wrap: anywhere; -webkit-text-size-adjust: 100%;
}
.page { max-width: 34rem; margin: 0 auto; }
header { margin: 0 0 20px; font-size: 20px; font-weight: bold; }
header img { display: block; width: 160px; height: auto; }
main { background: var(--card); border-radius: 10px; padding: 26px 22px 28px; }
section { margin: 0 0 30px; padding: 24px 0 0; border-top: 1px solid var(--hair); }
section > :last-child { margin-bottom: 0; }
h2 { margin: 0 0 10px; font-size: 20px; line-height: 1.3; }
h1 { margin: 0 0 14px; font-size: 26px; line-height: 1.25; overflow-wrap: break-word; }
p { margin: 0 0 18px; }
main > :last-child { margin-bottom: 0; }
a { color: var(--action); }
strong { font-weight: bold; }
form { display: grid; gap: 12px; margin: 0 0 18px; }
button {
  min-height: 48px; padding: 12px 22px; border: 2px solid var(--line); border-radius: 6px;
  background: transparent; color: var(--ink); font: inherit; font-weight: bold; text-align: center; cursor: pointer;
}
button:hover { border-color: var(--ink); }
button.primary { border-color: var(--action); background: var(--action); color: var(--on-action); }
button.primary:hover { border-color: var(--action-over); background: var(--action-over); }
a.button {
  display: inline-block; min-height: 48px; padding: 12px 22px; border: 2px solid var(--action); border-radius: 6px;
  background: var(--action); color: var(--on-action); font-weight: bold; text-align: center; text-decoration: none;
}
a.button:hover { border-color: var(--action-over); background: var(--action-over); }
:focus-visible { outline: 3px solid var(--action); outline-offset: 3px; border-radius: 4px; }
.said { margin: 0 0 18px; padding: 14px 18px; border-radius: 8px; background: var(--panel); }
.said p, .said form { margin: 0; }
.said p + form { margin-top: 12px; }
.said.wrong { border: 2px solid var(--wrong); }
p.wrong { margin: 0; color: var(--wrong); font-weight: bold; }
fieldset { min-width: 0; margin: 0 0 8px; padding: 0; border: 0; }
legend { margin: 0 0 4px; padding: 0; font-weight: bold; }
.option { display: grid; grid-template-columns: 24px 1fr; column-gap: 12px; align-items: center; padding: 4px 0; }
.option input { width: 22px; height: 22px; margin: 0; accent-color: var(--action); }
.option label { padding: 10px 0; cursor: pointer; }
.option .quiet { grid-column: 2; margin: -8px 0 6px; }
.field { display: grid; gap: 6px; }
.field label { font-weight: bold; }
select, textarea, .field input {
  width: 100%; min-height: 48px; padding: 10px 12px; border: 2px solid var(--line); border-radius: 6px;
  background: var(--card); color: var(--ink); font: inherit;
}
textarea { min-height: 7rem; resize: vertical; }
textarea, input:where([inputmode='decimal']) {
  width: 100%; min-height: 48px; padding: 10px 12px; border: 2px solid var(--line); border-radius: 6px;
  background: var(--card); color: var(--ink); font: inherit;
}
summary { min-height: 48px; padding: 10px 0; font-weight: bold; cursor: pointer; }
[aria-invalid='true'], .field [aria-invalid='true'] { border-color: var(--wrong); }
.option.top { align-items: start; }
.option.top input { margin-top: 12px; }
.must { color: var(--wrong); }
.said ul { margin: 8px 0 0; padding-inline-start: 20px; }
.away { position: absolute; width: 1px; height: 1px; margin: -1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.quiet { color: var(--quiet); font-size: 15px; }
footer { margin: 20px 2px 0; color: var(--quiet); font-size: 14px; }
footer p { margin: 0 0 6px; }
@media (min-width: 40rem) {
  body { padding: 48px 24px; }
  main { padding: 38px 40px 40px; }
  form { justify-items: start; }
  .field { width: min(100%, 24rem); }
}
`;
