import { createHash } from 'node:crypto';
import { timezoneName } from '../form/read-origin.js';

/** What the form's own page does where there is script: it says on which clock its reader lives. The rest works without. */
const text = `for (const field of document.getElementsByName(${JSON.stringify(timezoneName)}))
  field.value = Intl.DateTimeFormat().resolvedOptions().timeZone || '';
`;

const hash = createHash('sha256').update(text).digest('hex').slice(0, 12);

/** Under an address that changes with it, so that browsers may keep it for ever. */
export const formScript = { path: `/pages/form.${hash}.js`, text };
