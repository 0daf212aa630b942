/** How far each address was scrolled; who goes back finds the place again. */
const places = new Map<string, number>();
let cameBack = false;

export function here(): string {
  return location.pathname + location.search;
}

let current = here();

/** Set once, at start: remembers where each page was left, and whether one is come back to. */
export function watchScroll(): void {
  history.scrollRestoration = 'manual';
  addEventListener('scroll', () => places.set(here() === current ? current : here(), scrollY), { passive: true });
  addEventListener('popstate', () => {
    cameBack = true;
  });
}

/** A page has come up: at the place where it was left, or at its top. */
export function arrive(): { readonly cameBack: boolean } {
  const back = cameBack;
  cameBack = false;
  const to = back ? (places.get(here()) ?? 0) : 0;
  current = here();
  scrollTo({ top: to, behavior: 'instant' });
  return { cameBack: back };
}
