import pc from 'picocolors';
import { captureLead } from '../lead/capture.js';
import { readConfig } from '../config.js';
import { FixableError } from '../errors.js';
import type { EventValue } from '../event/lead-event.js';
import { leadBodyFor } from '../api/lead-body.js';
import type { FieldType } from '../sequence/lead-file.js';
import { readCell } from '../transfer/cell.js';
import { leadView } from '../http/views.js';
import { type LeadStory, tellStory } from '../lead/story.js';
import { openRivulet, type Rivulet } from '../main.js';
import { wishesInWords } from '../journey/preferences.js';
import { addressKey } from '../message/address.js';
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
  const bodyBy = (declared: Fields) => ({
    email,
    ...fields,
    ...(pairs.length > 0 ? { attributes: Object.fromEntries(pairs.map((pair) => typed(pair, declared))) } : {}),
    ...(tag ? { tags: tag } : {}),
    ...(consent ? { consent: { status: consent, source: 'command line', at: new Date() } } : {}),
  });
  await withRivulet(async (rivulet) => {
    const declared = rivulet.project().fields;
    const result = leadBodyFor(declared).safeParse(bodyBy(declared));
    if (!result.success) {
      const what = result.error.issues.map((issue) => `${issue.path.join('.') || 'lead'}: ${issue.message}`).join('; ');
      throw new FixableError({ code: 'bad-lead', where: email, what, fix: 'Mend it and try again' });
    }
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

type Fields = ReadonlyMap<string, FieldType> | undefined;

/** A value as its field is declared; what cannot be read so is told by whoever checks it. */
function typed([name, written]: readonly [string, string], fields: Fields): readonly [string, EventValue] {
  const type = fields?.get(name);
  const read = type === undefined ? undefined : readCell(written, type, {});
  return [name, read?.ok ? read.value : written];
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
    `  stage ${pc.bold(lead.stage ?? 'none')}   consent ${lead.consent.status}${suppression ? pc.red(`   ${suppression}: gets no mail`) : ''}   times in ${timeZone}${lead.timezone === undefined && lead.timezoneGuess ? pc.dim(` (guessed from ${lead.timezoneGuess.by})`) : ''}`,
  );
  const wishes = wishesInWords(lead.preferences, { at: new Date(), timeZone });
  if (wishes) say(`  wishes ${wishes}`);
  const reached = lead.thresholds?.length ? `   reached ${lead.thresholds.join(', ')}` : '';
  say(
    `\n${pc.bold(`Score ${score.total}`)}  ${score.grid}  (engagement ${score.engagement}, fit ${score.fit})${reached}`,
  );
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
export async function sendWhatIsDue(rivulet: Rivulet): Promise<void> {
  if (rivulet.databaseKind === 'embedded') await rivulet.dispatcher.wake();
}

export async function withRivulet(work: (rivulet: Rivulet) => Promise<void>): Promise<void> {
  const rivulet = await openRivulet(readConfig(process.env), { say, onFault: reportFault }, true);
  try {
    await work(rivulet);
  } finally {
    await rivulet.stop();
  }
}
