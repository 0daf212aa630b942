import pc from 'picocolors';
import { captureLead } from '../lead/capture.js';
import { readConfig } from '../config.js';
import { FixableError } from '../errors.js';
import { LeadBody } from '../lead/lead-body.js';
import { leadView } from '../http/views.js';
import { importCsv } from '../transfer/import-csv.js';
import { type LeadStory, tellStory } from '../lead/story.js';
import { openRivulet, type Rivulet } from '../main.js';
import { wishesInWords } from '../journey/preferences.js';
import { addressKey } from '../message/address.js';
import { progressBar } from './progress.js';
import { instant, reportFault, say } from './terminal.js';

type AddOptions = {
  firstName?: string;
  lastName?: string;
  timezone?: string;
  locale?: string;
  attribute?: string[];
  tag?: string[];
  consent?: string;
};

/** Makes or changes one lead. */
export async function addLead(email: string, { attribute = [], tag, consent, ...fields }: AddOptions): Promise<void> {
  const pairs = attribute.map((pair) => [pair.split('=')[0] ?? '', pair.slice(pair.indexOf('=') + 1)] as const);
  const body = {
    email,
    ...fields,
    ...(pairs.length > 0 ? { attributes: Object.fromEntries(pairs) } : {}),
    ...(tag ? { tags: tag } : {}),
    ...(consent ? { consent: { status: consent, source: 'command line', at: new Date() } } : {}),
  };
  const result = LeadBody.safeParse(body);
  if (!result.success) {
    const what = result.error.issues.map((issue) => `${issue.path.join('.') || 'lead'}: ${issue.message}`).join('; ');
    throw new FixableError({ code: 'bad-lead', where: email, what, fix: 'Mend it and try again' });
  }
  await withRivulet(async (rivulet) => {
    const { lead, isNew } = await captureLead(
      result.data,
      'command line',
      rivulet.store,
      rivulet.engine,
      rivulet.newId,
    );
    await sendWhatIsDue(rivulet);
    say(
      `${pc.green('✔')} ${lead.email} ${isNew ? 'is a new lead' : 'is changed'}, ${lead.stage ? `in the stage ${lead.stage}` : 'in no stage'}. See: rivulet lead show ${lead.email}`,
    );
  });
}

/** Imports a CSV file; exit code 1 when some rows were broken. */
export async function importLeads(file: string): Promise<void> {
  await withRivulet(async (rivulet) => {
    const bar = progressBar('Importing');
    const { created, changed, broken } = await importCsv(file, rivulet, bar.update).finally(bar.stop);
    await sendWhatIsDue(rivulet);
    for (const { line, reason } of broken) console.error(`${pc.red('✖')} ${file}:${line}: ${reason}`);
    say(
      `${pc.green('✔')} ${created} new leads, ${changed} changed${broken.length > 0 ? `; ${pc.red(`${broken.length} rows were broken`)} and are listed above. Mend them and import the file again: what is in already stays as it is.` : '.'}`,
    );
    if (broken.length > 0) process.exitCode = 1;
  });
}

/** Shows a lead to a person, or as JSON. */
export async function showLead(who: string, { json }: { json?: boolean }): Promise<void> {
  await withRivulet(async ({ store, engine, project }) => {
    const lead = who.includes('@') ? await store.leads.byEmail(addressKey(who)) : await store.leads.byId(who);
    const story = lead && (await tellStory(lead.id, store, engine, project()));
    if (!story)
      throw new FixableError({
        code: 'no-lead',
        where: who,
        what: 'there is no such lead',
        fix: 'Look the address up with GET /api/leads, or add it: rivulet lead add',
      });
    if (json)
      say(
        JSON.stringify(
          {
            ...leadView(story.facts),
            scoreExplained: story.facts.score,
            enrollments: story.enrollments,
            timeline: story.timeline,
            next: story.next,
          },
          null,
          2,
        ),
      );
    else print(story);
  });
}

function print({ facts, timeline, next }: LeadStory): void {
  const { lead, score, timeZone, suppression } = facts;
  const name = [lead.firstName, lead.lastName].filter(Boolean).join(' ');
  say(`${pc.bold(name || lead.email)}  ${name ? lead.email : ''}`);
  say(
    `  stage ${pc.bold(lead.stage ?? 'none')}   consent ${lead.consent.status}${suppression ? pc.red(`   ${suppression}: gets no mail`) : ''}   times in ${timeZone}`,
  );
  const wishes = wishesInWords(lead.preferences, { at: new Date(), timeZone });
  if (wishes) say(`  wishes ${wishes}`);
  say(`\n${pc.bold(`Score ${score.total}`)}  (engagement ${score.engagement}, fit ${score.fit})`);
  for (const { points, of, why, at } of score.lines) {
    const faded = points === of ? '' : pc.dim(` of ${of}`);
    say(`  ${String(points).padStart(7)}  ${why}${faded}${at ? pc.dim(`  ${instant(at, timeZone)}`) : ''}`);
  }
  say(`\n${pc.bold('What happened')}`);
  for (const { at, what, because, sequence, machine } of timeline) {
    say(
      `  ${instant(at, timeZone)}  ${what}${machine ? pc.dim(' (a machine)') : ''}${sequence ? pc.dim(`  ${sequence}`) : ''}${because ? pc.dim(`  · ${because}`) : ''}`,
    );
  }
  say(
    `\n${pc.bold('What comes next')}${next.length === 0 ? '\n  Nothing is planned.' : pc.dim('  if nothing else happens')}`,
  );
  for (const { at, what, because, sequence, kind } of next) {
    say(
      `  ${instant(at, timeZone)}  ${kind === 'mail' ? `mail "${what}"` : what}${sequence ? pc.dim(`  ${sequence}`) : ''}${because ? pc.dim(`  · ${because}`) : ''}`,
    );
  }
}

/** A command works beside a running Rivulet; only when none runs on the data directory it sends what it made due. */
async function sendWhatIsDue(rivulet: Rivulet): Promise<void> {
  if (rivulet.databaseKind === 'embedded') await rivulet.dispatcher.wake();
}

async function withRivulet(work: (rivulet: Rivulet) => Promise<void>): Promise<void> {
  const rivulet = await openRivulet(readConfig(process.env), { say, onFault: reportFault }, true);
  try {
    await work(rivulet);
  } finally {
    await rivulet.stop();
  }
}
