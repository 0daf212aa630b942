/**
 * The site's script, written by hand: one small classic script without a build, for pages of other origins. It
 * stores one cookie of the site's own and talks to its own origin alone, so that "script-src" and "connect-src" with that
 * origin are all that a strict policy (CSP) has to allow. docs/site-tracking.md tells what it does and why.
 */
const written = String.raw`(() => {
  'use strict';
  const tag = document.currentScript;
  if (!tag || !tag.src) return;
  const target = new URL('t', tag.src).href;
  const { consent, domain } = tag.dataset;
  const page = location, name = 'rivulet_visitor', half = 15552000;
  const quiet = navigator.globalPrivacyControl || [navigator.doNotTrack, window.doNotTrack].includes('1');
  const early = (window.rivulet && rivulet.q) || [];
  let visitor = '', on, queue = [], ticket, seen, timer, tries = 0;

  const random = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (n) => (n + 256).toString(16).slice(1)).join('');
  const saved = () => (document.cookie.match(/(?:^|; )rivulet_visitor=([\w-]*)/) || [])[1];
  const save = (value, seconds) => {
    document.cookie = name + '=' + value + ';path=/;samesite=lax;max-age=' + seconds +
      (domain ? ';domain=' + domain : '') + (page.protocol === 'https:' ? ';secure' : '');
  };

  // A click in a mail brings its ticket along; it is for us, and for nobody who copies the address.
  const address = page.href.replace(/([?&])rv=([\w-]+)&?/, (_, mark, found) => ((ticket = found), mark));
  if (ticket) history.replaceState(history.state, '', address.replace(/[?&](?=#|$)/, ''));

  const fill = (event) => {
    for (const form of event.target.elements ? [event.target] : document.forms) {
      const field = form.elements.visitor;
      if (field && field.type === 'hidden') field.value = visitor;
    }
  };

  const send = (leaving) => {
    clearTimeout(timer);
    timer = 0;
    if (!on || !queue.length) return;
    const batch = queue.splice(0, 20), shown = ticket, now = performance.now();
    ticket = undefined;
    const events = batch.map(({ at, ...event }) => ({ ...event, ago: Math.round(now - at) }));
    const body = JSON.stringify({ visitor, ticket: shown, events });
    // Told again it counts once, so what may have been lost is told again.
    const again = () => {
      if (!on || ++tries > 3) return;
      queue = batch.concat(queue).slice(0, 60);
      ticket = ticket || shown;
      timer = timer || setTimeout(send, 5000 * tries);
    };
    if (leaving !== true || !navigator.sendBeacon(target, body))
      fetch(target, { method: 'POST', body, keepalive: true, credentials: 'omit' }).then((answer) => {
        if (answer.status > 499) again();
        else tries = 0;
      }, again);
    if (queue.length) send(leaving);
  };

  const tell = (type, data, about) => {
    if (!on) return;
    queue.push({ id: random(), type, page: page.origin + page.pathname, about, data, at: performance.now() });
    timer = timer || setTimeout(send, 1000);
  };

  const view = () => {
    if (seen === page.pathname) return;
    const data = {};
    if (seen === undefined) {
      new URLSearchParams(page.search).forEach((value, key) => {
        if (/^utm_(source|medium|campaign|term|content)$/.test(key)) data[key.slice(4)] = value.slice(0, 200);
      });
      const from = document.referrer.split('/')[2];
      if (from && from !== page.host) data.referrer = from;
    }
    seen = page.pathname;
    tell('page.viewed', data);
  };

  const begin = () => {
    if (on || quiet) return;
    const known = saved();
    visitor = known && known !== 'no' ? known : random();
    save(visitor, half);
    // Whoever takes no cookies is not followed either.
    on = saved() === visitor;
    if (!on) visitor = '';
    seen = undefined;
    fill({ target: 0 });
    view();
  };

  const forget = () => {
    const known = saved();
    on = false;
    queue = [];
    visitor = '';
    if (consent === 'required') save('', 0);
    else if (!quiet) save('no', half);
    if (!quiet && known && known !== 'no') navigator.sendBeacon(target, JSON.stringify({ visitor: known, forget: true }));
    fill({ target: 0 });
  };

  const start = () => {
    if (window.rivulet && rivulet.on) return;
    window.rivulet = (type, data, about) => (type !== 'consent' ? tell(type, data, about) : data ? begin() : forget());
    rivulet.on = true;
    for (const way of ['pushState', 'replaceState']) {
      const was = history[way];
      history[way] = function () {
        was.apply(this, arguments);
        view();
      };
    }
    addEventListener('popstate', view);
    addEventListener('pageshow', (event) => {
      if (event.persisted) (seen = ''), view();
    });
    document.addEventListener('visibilitychange', () => document.visibilityState === 'hidden' && send(true));
    addEventListener('pagehide', () => send(true));
    document.addEventListener('DOMContentLoaded', fill);
    document.addEventListener('submit', fill, true);
    if (quiet && saved()) save('', 0);
    const wish = early.filter(([type]) => type === 'consent').pop();
    if (wish) rivulet(...wish);
    else if (consent !== 'required' && saved() !== 'no') begin();
    for (const one of early) if (one[0] !== 'consent') rivulet(...one);
  };
  // What a browser fetches ahead nobody has seen yet.
  if (document.prerendering) {
    window.rivulet = window.rivulet || ((...one) => early.push(one));
    document.addEventListener('prerenderingchange', start);
  } else start();
})();
`;

/** The script as it is sent: without comments and indentation. */
export const siteScript = written.replace(/^ +(?:\/\/.*\n)?/gm, '');
