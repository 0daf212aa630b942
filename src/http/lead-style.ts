/** What leads see: the colours of the mails (`templates/layout.mjml`), made for a phone first. */
export const leadStyle = `
:root {
  color-scheme: light dark;
  --canvas: #f1f4f3; --card: #ffffff; --panel: #eaf2f0; --ink: #25322f; --quiet: #566361; --line: #6b7f7a;
  --action: #0f6b62; --action-over: #0b544d; --on-action: #ffffff;
}
@media (prefers-color-scheme: dark) {
  :root {
    --canvas: #0f1514; --card: #182120; --panel: #24332f; --ink: #e4ebe9; --quiet: #a9b7b4; --line: #7d918c;
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
:focus-visible { outline: 3px solid var(--action); outline-offset: 3px; border-radius: 4px; }
.said { padding: 14px 18px; border-radius: 8px; background: var(--panel); }
.quiet { color: var(--quiet); font-size: 15px; }
footer { margin: 20px 2px 0; color: var(--quiet); font-size: 14px; }
footer p { margin: 0 0 6px; }
@media (min-width: 40rem) {
  body { padding: 48px 24px; }
  main { padding: 38px 40px 40px; }
  form { justify-items: start; }
}
`;
