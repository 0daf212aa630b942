import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** Runs the tests in a real browser, where there is one. */
const browser = process.env.CHROMIUM ?? '/usr/bin/chromium';
if (!existsSync(browser)) {
  console.log(`SKIPPED: there is no browser at ${browser}. Install one (apt-get install chromium), or name yours: CHROMIUM=/path`);
  process.exit(0);
}
const jest = ['--import', './test/runner/register.mjs', 'node_modules/jest/bin/jest.js'];
const only = process.argv.length > 2 ? process.argv.slice(2) : ['test/browser'];
const setting = ['--testPathIgnorePatterns', '/node_modules/', '--runInBand'];
const { status } = spawnSync(process.execPath, [...jest, ...setting, ...only], { stdio: 'inherit' });
process.exit(status ?? 1);
