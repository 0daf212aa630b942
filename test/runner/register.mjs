import { register } from 'node:module';
import { fileURLToPath } from 'node:url';
import { register as readTypeScript } from 'tsx/esm/api';

// Tests run in Node itself, TypeScript by tsx, many files in one process: what they import is loaded and compiled once.
readTypeScript();
// What MJML made of mails is kept here and not in the home of whoever runs the tests.
process.env.XDG_CACHE_HOME = fileURLToPath(new URL('../../node_modules/.cache', import.meta.url));
register('./resolve.mjs', import.meta.url);
