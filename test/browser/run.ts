import { spawnSync } from 'node:child_process';
import { browserAt } from './browser-at.js';

/** Runs the tests in a real browser, where there is one. The one that is named has to be there. */
if (browserAt() === undefined) {
  const { CHROMIUM: named } = process.env;
  const mend = 'Install one (apt-get install chromium-headless-shell), or name yours: CHROMIUM=/path';
  process.stdout.write(
    `${named ? `FAILED: there is no browser at ${named}` : 'SKIPPED: there is no browser'}. ${mend}\n`,
  );
  process.exit(named ? 1 : 0);
}
const jest = ['--import', './test/runner/register.mjs', 'node_modules/jest/bin/jest.js'];
const only = process.argv.length > 2 ? process.argv.slice(2) : ['test/browser'];
const setting = ['--testPathIgnorePatterns', '/node_modules/', '--runInBand'];
const { status } = spawnSync(process.execPath, [...jest, ...setting, ...only], { stdio: 'inherit' });
process.exit(status ?? 1);
