/** What the preview adds to the operator's style. */
export const previewStyle = `
.top .live { margin-left: auto; color: var(--quiet); font-size: 0.875rem; }
.live .ended { display: none; color: var(--warn); font-weight: 600; }
[data-live="ended"] .live .ended { display: inline; }
[data-live="ended"] .live .saving { display: none; }
.around { display: flex; flex-wrap: wrap; gap: 0 1.5rem; margin: -0.9rem 0 1.25rem; font-size: 0.9375rem; }
td.name { width: 27%; min-width: 8rem; overflow-wrap: anywhere; }
@media (max-width: 45rem) { .mails th:nth-child(3), .mails td:nth-child(3) { display: none; } }

.inboxes { display: flex; flex-wrap: wrap; gap: 1rem 1.5rem; align-items: flex-end; }
.inboxes figure { margin: 0; min-width: 0; }
.inboxes figcaption { margin-bottom: 0.35rem; color: var(--quiet); font-size: 0.875rem; }
.inboxes .wide { flex: 1 0 100%; }
.inboxes .narrow { flex: 0 1 375px; }
.inboxes p { flex: 1 1 20rem; margin: 0; }
.entry { border: 1px solid var(--line); border-radius: 8px; background: var(--card); font: 14px/20px Arial, Helvetica, sans-serif; }
.entry span { overflow: hidden; text-overflow: ellipsis; }
.entry .subject, .entry .sender { font-weight: 700; }
.entry .words, .entry .time { color: var(--quiet); }
.wide .entry { display: grid; grid-template-columns: 168px minmax(0, 1fr) auto; gap: 0 1rem; padding: 0.65rem 1rem; white-space: nowrap; }
.narrow .entry { display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: 0 0.75rem; padding: 0.75rem 1rem; font-size: 15px; }
.narrow .sender, .narrow .subject { white-space: nowrap; }
.narrow .subject { grid-column: 1 / -1; }
.narrow .words { grid-column: 1 / -1; display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 2; line-clamp: 2; }
@media (max-width: 45rem) { .inboxes .wide { display: none; } .inboxes .narrow { flex-basis: 100%; } }

.tabs { display: flex; flex-wrap: wrap; gap: 0 0.25rem; margin: 0 0 1rem; padding: 0; border-bottom: 1px solid var(--line); list-style: none; }
.tabs a { display: block; margin-bottom: -1px; padding: 0.5rem 0.8rem; border-bottom: 3px solid transparent; text-decoration: none; }
.tabs a:hover { border-bottom-color: var(--line); }
.tabs a[aria-current] { border-bottom-color: var(--accent); color: var(--ink); font-weight: 600; }
.views { display: flex; flex-wrap: wrap; gap: 1.5rem; }
.views section { margin: 0; min-width: 0; }
.views h3 { margin-bottom: 0.5rem; color: var(--quiet); font-size: 0.875rem; font-weight: 600; }
.views h3 a { font-weight: 400; }
.views iframe { height: min(60rem, 85vh); max-width: 100%; background: #fff; }
.views .desktop iframe { width: 702px; }
.views .phone iframe { width: 377px; }
.views .small iframe { width: 322px; }
@media (max-width: 45rem) { .views .desktop { display: none; } }
.plain { max-width: 45rem; }

.mistake { margin: 0 0 1.25rem; border: 1px solid var(--line); border-radius: 8px; background: var(--card); }
.mistake h2 { margin: 0; padding: 0.75rem 1.1rem 0; font-size: 1rem; }
.mistake p { margin: 0; padding: 0.25rem 1.1rem 0.75rem; max-width: none; }
.mistake pre { border-top: 1px solid var(--line); white-space: pre-wrap; }
.mistake mark { background: var(--warn-wash); color: var(--warn); font-weight: 700; border-radius: 2px; }
.mistake .at { color: var(--quiet); user-select: none; }
`;
