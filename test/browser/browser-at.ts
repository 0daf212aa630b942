import { existsSync } from 'node:fs';

/** Where Debian puts its browsers: the one without a window of its own first, as it needs least. */
const usual = ['/usr/bin/chromium-headless-shell', '/usr/bin/chromium'];

/** The browser to test in: the one at CHROMIUM, else the first that is installed; undefined where there is none. */
export function browserAt(): string | undefined {
  const given = process.env['CHROMIUM'];
  return (given ? [given] : usual).find((path) => existsSync(path));
}
