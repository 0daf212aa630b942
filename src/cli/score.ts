import { readFile } from 'node:fs/promises';
import pc from 'picocolors';
import { diagnosticLine } from '../diagnostic.js';
import { FixableError } from '../errors.js';
import { askedForms, readAskedMoment } from '../journey/asked-moment.js';
import type { Lead } from '../journey/facts.js';
import { explain } from '../lead/explain.js';
import { withOtherRules } from '../lead/other-rules.js';
import { isAny, recomputeScores } from '../lead/recompute.js';
import { addTo, emptySums, type RecomputeSums } from '../lead/recompute-sums.js';
import { scoreView } from '../lead/score-view.js';
import type { Rivulet } from '../main.js';
import { addressKey } from '../message/address.js';
import type { Project } from '../sequence/project.js';
import { withRivulet } from './lead.js';
import { progressBar } from './progress.js';
import { scoreText } from './score-text.js';
import { counted, say } from './terminal.js';

type ExplainOptions = { readonly at?: string; readonly rules?: string; readonly json?: boolean };

/** Explains a lead's score, line by line. */
export async function explainOnTerminal(who: string, { at: written, rules, json }: ExplainOptions): Promise<void> {
  await withRivulet(async (rivulet) => {
    const { engine, defaultTimeZone } = rivulet;
    const lead = await leadNamed(who, rivulet);
    const at = written === undefined ? undefined : momentIn(written, lead.timezone ?? defaultTimeZone, engine.now());
    const project = rules === undefined ? undefined : await projectWith(rules, rivulet.project());
    const explained = await explain({ lead: lead.id, ...(at ? { at } : {}), ...(project ? { project } : {}) }, rivulet);
    if (!explained) throw noLead(who);
    say(json ? JSON.stringify(scoreView(explained), null, 2) : scoreText(explained));
  });
}

type RecomputeOptions = {
  readonly lead?: string;
  readonly rules?: string;
  readonly apply?: boolean;
  readonly json?: boolean;
};

/** Computes scores from events and tells where they differ from what is kept; with `--apply` it writes them. */
export async function recomputeOnTerminal({ lead: who, rules, apply = false, json }: RecomputeOptions): Promise<void> {
  if (rules !== undefined && apply)
    throw new FixableError({
      code: 'bad-option',
      where: '--apply',
      what: 'what is written must be what the rules in force say',
      fix: 'Save the file as sequences/scoring.json first, and leave out --rules',
    });
  await withRivulet(async (rivulet) => {
    const project = rules === undefined ? rivulet.project() : await projectWith(rules, rivulet.project());
    const leads = who === undefined ? undefined : [await leadNamed(who, rivulet)];
    const sums = await recomputeAll({ project, apply, ...(leads ? { leads } : {}) }, rivulet);
    say(
      json
        ? JSON.stringify({ ...sums, applied: apply }, null, 2)
        : sumsText(sums, { apply, isWhatIf: rules !== undefined }),
    );
    if (sums.differing > 0 && !apply && rules === undefined) process.exitCode = 1;
  });
}

type Run = { readonly project: Project; readonly apply: boolean; readonly leads?: readonly Lead[] };

async function recomputeAll({ project, apply, leads }: Run, rivulet: Rivulet): Promise<RecomputeSums> {
  const { store, engine, defaultTimeZone } = rivulet;
  const stages = leads ? [] : [...(await store.attention.leadsByStage()).values()];
  const all = Math.max(1, leads?.length ?? stages.reduce((sum, count) => sum + count, 0));
  const bar = progressBar('Computing');
  let sums = emptySums(project.scoring.thresholds);
  try {
    const asked = { apply, ...(leads ? { leads } : {}) };
    for await (const one of recomputeScores(asked, { store, engine, defaultTimeZone, project })) {
      sums = addTo(sums, one);
      if (sums.leads % 200 === 0 || isAny(one.difference))
        bar.update(sums.leads / all, `${sums.leads} of ${all}, ${sums.differing} differ`);
    }
  } finally {
    bar.stop();
  }
  return sums;
}

function sumsText(
  { leads, differing, thresholds, examples }: RecomputeSums,
  mode: { apply: boolean; isWhatIf: boolean },
): string {
  const same = `${pc.green('✔')} ${counted(leads, 'lead')}: each has the points that its events come to.`;
  const kept = mode.apply
    ? 'were given the points that their events come to'
    : 'have other points than their events come to';
  const of = `${pc.yellow('!')} ${differing} of ${counted(leads, 'lead')} ${mode.isWhatIf ? 'would have other points' : kept}.`;
  const width = Math.max(0, ...examples.map(({ email }) => email.length));
  const lines = examples.map(({ email, before, after, more, less }) => {
    const changed = [...(more > 0 ? [`${more} more`] : []), ...(less > 0 ? [`${less} less`] : [])].join(', ');
    return `  ${email.padEnd(width)}  ${before} → ${after}  ${pc.dim(`${changed} in the list of points`)}`;
  });
  const rest = differing > examples.length ? [pc.dim(`  and ${differing - examples.length} others`)] : [];
  const turns = thresholds.map(({ name, title, now, reach, leave }) => {
    const called = title === name ? name : `${title} (${name})`;
    return `  ${called}: ${counted(now, 'lead')} now; ${reach} would reach it, ${leave} would leave it`;
  });
  const next = mode.apply
    ? 'They will, at the next event of each, or when all are looked at, at 06:00 UTC.'
    : undefined;
  return [
    ...(differing === 0 ? [same] : [of, ...lines, ...rest]),
    ...(turns.length > 0 ? [pc.bold('Thresholds'), ...turns, ...(next ? [pc.dim(`  ${next}`)] : [])] : []),
    ...(differing > 0 && !mode.apply && !mode.isWhatIf
      ? ['Nothing was written. "rivulet score recompute --apply" writes it.']
      : []),
  ].join('\n');
}

async function leadNamed(who: string, { store }: Rivulet): Promise<Lead> {
  const lead = who.includes('@') ? await store.leads.byEmail(addressKey(who)) : await store.leads.byId(who);
  if (!lead) throw noLead(who);
  return lead;
}

function noLead(who: string): FixableError {
  return new FixableError({
    code: 'no-lead',
    where: who,
    what: 'there is no such lead',
    fix: 'Add it: rivulet lead add',
  });
}

function momentIn(written: string, zone: string, now: Date): Date {
  const at = readAskedMoment(written, zone, now);
  if (at) return at;
  const what = `--at ${JSON.stringify(written)} names no moment that can be looked at`;
  throw new FixableError({ code: 'bad-option', where: 'rivulet score explain', what, fix: askedForms });
}

/** The rules of a file in place of those in force; a file with mistakes is refused with all of them. */
async function projectWith(file: string, project: Project): Promise<Project> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    const what = 'this file cannot be read';
    throw new FixableError({ code: 'no-file', where: file, what, fix: 'Name a file like scoring.json' }, { cause });
  });
  const result = withOtherRules(project, { file, text });
  if ('project' in result) return result.project;
  const lines = result.problems.map((problem) => `\n  ${diagnosticLine(problem)}`).join('');
  throw new FixableError({
    code: 'bad-rules',
    where: file,
    what: 'these rules have mistakes in them',
    fix: `Mend them:${lines}`,
  });
}
