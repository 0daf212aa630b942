import { relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import pc from 'picocolors';
import { badProject } from '../bad-project.js';
import { type Config, readConfig } from '../config.js';
import { FixableError } from '../errors.js';
import { testMailPath } from '../http/test-mail.js';
import { addressOf } from '../preview/page-mail.js';
import { renderShown } from '../shown/render.js';
import { servePreview } from '../preview/server.js';
import { mailNamed, stepMails, templateMails } from '../shown/shown-mail.js';
import { readFolder, watchProject } from '../preview/watch.js';
import { writeOut } from '../preview/write-out.js';
import { type LeadChoice, leadChoice } from './lead-choice.js';
import { reportFault, say } from './terminal.js';

type PreviewOptions = { lead?: string; out?: string; port: string; dir: string };

/** Shows mails as their readers will see them: in a browser until Ctrl-C, or as files. */
export async function preview(what: string | undefined, { lead, out, port, dir }: PreviewOptions): Promise<void> {
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535)
    throw new FixableError({
      code: 'bad-option',
      where: '--port',
      what: 'this is not the number of a port',
      fix: 'For example: --port 4000',
    });
  const config = readConfig(process.env);
  const choice = await leadChoice(lead, config);
  if (out === undefined) await show(what, resolve(dir), Number(port), choice);
  else await write(what, resolve(dir), out, choice, config);
}

async function show(what: string | undefined, dir: string, port: number, { read, file }: LeadChoice): Promise<void> {
  const watched = await watchProject(dir, read, { leadFile: file, say, onFault: reportFault });
  try {
    const reading = watched.reading();
    // A folder with mistakes is shown with them, and comes right when they are mended; a folder that is none would not.
    if (reading.kind === 'unreadable') throw reading.error;
    const mail = what !== undefined && reading.kind === 'ready' ? mailNamed(what, reading.project).name : what;
    const server = await servePreview({ dir, watched, now: () => new Date(), onFault: reportFault }, port);
    say(`${pc.bold('Preview')} ${pc.underline(server.url + (mail === undefined ? '/' : addressOf(mail)))}`);
    say('Save a file and the page follows; Ctrl-C ends it.');
    const end = (): void => process.exit(0);
    process.once('SIGINT', end);
    process.once('SIGTERM', end);
  } catch (error) {
    await watched.stop();
    throw error;
  }
}

async function write(
  what: string | undefined,
  dir: string,
  out: string,
  { read }: LeadChoice,
  config: Config,
): Promise<void> {
  const reading = await readFolder(dir, read);
  if (reading.kind === 'unreadable') throw reading.error;
  if (reading.kind === 'mistakes') throw badProject(dir, reading.mistakes, 'nothing is written');
  const { project, lead } = reading;
  const mails =
    what === undefined
      ? [...stepMails(project), ...templateMails(project).filter(({ isStandIn }) => isStandIn)]
      : [mailNamed(what, project)];
  const publicUrl = config.PUBLIC_URL ?? `http://localhost:${config.PORT}`;
  // Without a public address the pictures are those of this machine, so that the files show them.
  const assetsUrl = config.PUBLIC_URL ?? pathToFileURL(resolve(dir, 'templates')).href;
  const surroundings = { project, lead, assetsUrl, testMailUrl: publicUrl + testMailPath, now: new Date() };
  for (const mail of mails) {
    const paths = await writeOut(out, mail.name, renderShown(mail, surroundings));
    say(`${pc.green('✔')} ${mail.name}  ${pc.dim(paths.map((path) => relative('.', path)).join('  '))}`);
  }
  if (!config.PUBLIC_URL)
    say(pc.dim('Pictures lead to files of this machine; set PUBLIC_URL for files that others open.'));
}
