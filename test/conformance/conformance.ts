/** Measures Rivulet against a folder of labelled payloads: `npm run conformance -- webhooks|inbound <folder> [--json]`. */

/** Answers with the exit code of the program: 0 when every label was met. */
type Conform = (folder: string, options: { readonly json: boolean }) => Promise<number>;

const subjects: ReadonlyMap<string | undefined, () => Promise<Conform>> = new Map([
  ['webhooks', async () => (await import('./webhooks.js')).conformWebhooks],
  ['inbound', async () => (await import('./inbound.js')).conformInbound],
]);

const [subject, folder, ...more] = process.argv.slice(2).filter((argument) => argument !== '--json');
const conform = subjects.get(subject);
if (!conform || folder === undefined || more.length > 0) {
  process.stderr.write('usage: npm run conformance -- webhooks|inbound <folder> [--json]\n');
  process.exitCode = 2;
} else {
  process.exitCode = await (await conform())(folder, { json: process.argv.includes('--json') });
}
