import { fileURLToPath } from 'node:url';
import Table from 'cli-table3';
import pc from 'picocolors';
import { readConfig } from '../config.js';
import { didYouMean } from '../diagnostic.js';
import { type Crowd, type Figures, openMonteCarlo } from '../simulation/monte-carlo.js';
import { sortableTime } from '../simulation/narrate.js';
import type { JourneyLead } from '../simulation/journey-file.js';
import type { Project } from '../sequence/project.js';
import { type Rates, RatesFile, usualRates } from '../simulation/rates-file.js';
import { dayMs } from '../sequence/wall-clock.js';
import { openFolder, readNamed } from './folder.js';
import { readLeadList } from './lead-list.js';
import { progressBar } from './progress.js';
import { type SimulateOptions, spanOf, wrongOption } from './simulate-options.js';
import { say } from './terminal.js';

/** Plays many leads, who do what the rates say, and shows in figures what becomes of them. */
export async function manyLeads(sequence: string | undefined, options: SimulateOptions): Promise<void> {
  const { leads, seed = '7', all, json } = options;
  const count = wholeNumber('--leads', leads ?? '', 1);
  const crowdSeed = wholeNumber('--seed', seed, 0);
  const single = (['lead', 'events'] as const).find((name) => options[name] !== undefined);
  if (single)
    throw wrongOption(
      `--${single} is for one lead`,
      'Leave it out, or leave out --leads. Many leads come from --leads-file and do what --rates says.',
    );

  const { DEFAULT_TIMEZONE } = readConfig(process.env);
  const { project } = await openFolder(options.project);
  if (sequence !== undefined && !project.programs.has(sequence))
    throw wrongOption(`there is no sequence "${sequence}"`, didYouMean(sequence, [...project.programs.keys()]));
  const crowd: Crowd = {
    ...spanOf(options, DEFAULT_TIMEZONE),
    leads: multiplied(await readLeadList(options.leadsFile ?? shippedLeads, project), count),
    seed: crowdSeed,
    rates: await readRates(options.rates, project),
    sequence,
    all,
    defaultTimeZone: DEFAULT_TIMEZONE,
  };
  const figures = playAll(crowd, project);
  if (json) say(JSON.stringify(toJson(figures, crowd), null, 2));
  else print(figures, crowd, project);
}

const shippedLeads = fileURLToPath(new URL('../../src/demo/leads.csv', import.meta.url));

function wholeNumber(flag: string, written: string, least: number): number {
  if (/^\d{1,7}$/.test(written) && Number(written) >= least) return Number(written);
  throw wrongOption(
    `${flag} is a whole number from ${least}, not ${JSON.stringify(written)}`,
    `For example: ${flag} ${flag === '--seed' ? 7 : 1000}`,
  );
}

async function readRates(file: string | undefined, project: Project): Promise<Rates> {
  if (file === undefined) return usualRates;
  const { value, source } = await readNamed(RatesFile, file);
  const known = [...project.programs.values()].flatMap(({ name, steps }) => [
    name,
    ...[...steps.keys()].map((step) => `${name}/${step}`),
  ]);
  const wrong = Object.keys(value.mails ?? {}).find((name) => !known.includes(name));
  if (wrong === undefined) return value;
  const { line, column } = source.problem(['mails', wrong], { code: '', message: '', onKey: true });
  throw wrongOption(`${file}:${line}:${column} names no mail or sequence: "${wrong}"`, didYouMean(wrong, known));
}

/** As many leads as asked for, each of the list in turn, nobody twice. */
function multiplied(list: readonly JourneyLead[], count: number): readonly JourneyLead[] {
  return Array.from({ length: count }, (_, i) => {
    const lead = list[i % list.length] ?? {};
    const [name = 'lead', domain = 'example.com'] = (lead.email ?? 'lead@example.com').split('@');
    return { ...lead, email: `${name}+${i + 1}@${domain}` };
  });
}

function playAll(crowd: Crowd, project: Project): Figures {
  const run = openMonteCarlo(crowd, project);
  const bar = progressBar('Playing');
  try {
    while (run.playNext()) bar.update(run.played() / crowd.leads.length, `${run.played()} leads`);
    return run.figures();
  } finally {
    bar.stop();
  }
}

function toJson({ entered, stages, ...figures }: Figures, { from, until, seed, sequence }: Crowd): unknown {
  const counted = { entered: Object.fromEntries(entered), stages: Object.fromEntries(stages) };
  return { from, until, seed, sequence: sequence ?? null, ...figures, ...counted };
}

function print(figures: Figures, crowd: Crowd, project: Project): void {
  const { from, until, sequence, seed, rates } = crowd;
  const days = Math.round((until.getTime() - from.getTime()) / dayMs);
  say(
    `${pc.bold(`${figures.leads} leads over ${days} days`)}: ${sequence ?? 'the whole funnel'}, ${figures.mails} mails`,
  );
  say(
    pc.dim(
      `--from ${from.toISOString()} --until ${until.toISOString()} --seed ${seed}${rates === usualRates ? ', usual rates; --rates <file> brings yours' : ''}`,
    ),
  );
  if (figures.keptOut > 0 && sequence !== undefined)
    say(`${figures.keptOut} leads did not enter ${sequence}: its "enroll" did not let them in, or they came too late.`);
  printMails(figures);
  printEnds(figures);
  printDays(figures, crowd);
  printStages(figures, project);
}

function printMails({ steps }: Figures): void {
  const mails = steps.filter(({ sent }) => sent > 0);
  if (mails.length === 0) return say('\nNo mail goes in this time.');
  const head = ['mail', 'reached', 'sent', 'opened', 'clicked', 'replied', 'bounced', 'unsub.', 'left'];
  const table = new Table({
    head: head.map((title) => pc.bold(title)),
    colAligns: ['left', ...head.slice(1).map(() => 'right' as const)],
    chars: quiet,
    style: { head: [], border: [], compact: true, 'padding-left': 0, 'padding-right': 1 },
  });
  let last = '';
  for (const { sequence, step, reached, sent, opened, clicked, replied, bounced, unsubscribed, left } of mails) {
    if (sequence !== last) table.push([{ colSpan: head.length, content: pc.bold(sequence) }]);
    table.push([`  ${step}`, reached, sent, opened, clicked, replied, bounced, unsubscribed, left]);
    last = sequence;
  }
  say(`\n${table.toString().replace(/ +$/gm, '')}`);
}

/** A table without lines fits 80 columns, and compares well. */
const quiet = Object.fromEntries(
  [
    'top',
    'top-mid',
    'top-left',
    'top-right',
    'bottom',
    'bottom-mid',
    'bottom-left',
    'bottom-right',
    'left',
    'left-mid',
    'mid',
    'mid-mid',
    'right',
    'right-mid',
    'middle',
  ].map((name) => [name, '']),
);

/** Reasons beyond these are summed up. */
const mostReasons = 6;

function printEnds({ ends, entered }: Figures): void {
  for (const [sequence, runs] of entered) {
    const own = ends.filter((end) => end.sequence === sequence);
    const onTheWay = runs - own.reduce((sum, { count }) => sum + count, 0);
    say(`\n${pc.bold(sequence)}: ${runs} entered, ${onTheWay} still on the way`);
    for (const { because, count } of own.slice(0, mostReasons)) say(`  ${String(count).padStart(6)}  left: ${because}`);
    const rest = own.slice(mostReasons).reduce((sum, { count }) => sum + count, 0);
    if (rest > 0) say(`  ${String(rest).padStart(6)}  left for other reasons`);
  }
}

/** Up to so many days have a line each; more are shown by the week. */
const mostDays = 31;
const blocks = ['·', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

function printDays({ mailsPerDay }: Figures, { from, defaultTimeZone }: Crowd): void {
  const size = mailsPerDay.length > mostDays ? 7 : 1;
  const spans = Array.from({ length: Math.ceil(mailsPerDay.length / size) }, (_, i) =>
    mailsPerDay.slice(i * size, (i + 1) * size),
  );
  const sums = spans.map((span) => span.reduce((sum, mails) => sum + mails, 0));
  const [most, mostOfDay] = [Math.max(1, ...sums), Math.max(1, ...mailsPerDay)];
  say(
    `\n${pc.bold(size === 1 ? 'Mails per day' : 'Mails per week')}${size === 1 ? '' : ', and on each of its days'}; ${mostOfDay} on the busiest day`,
  );
  for (const [i, span] of spans.entries()) {
    const sum = sums[i] ?? 0;
    const day = sortableTime(new Date(from.getTime() + i * size * dayMs), defaultTimeZone).slice(0, 14);
    const small = size === 1 ? '' : `  ${span.map((mails) => blocks[Math.ceil((8 * mails) / mostOfDay)]).join('')}`;
    say(`  ${day}${small}  ${String(sum).padStart(6)}  ${pc.cyan('█'.repeat(Math.round((30 * sum) / most)))}`);
  }
}

function printStages({ stages, leads }: Figures, { funnel }: Project): void {
  const named = [
    ...funnel.map(({ name, title }) => ({ name, title: title ?? name })),
    { name: '', title: 'in no stage' },
  ];
  const widest = Math.max(...named.map(({ title }) => title.length));
  say(`\n${pc.bold('Leads per stage')} at the end`);
  for (const { name, title } of named) {
    const count = stages.get(name) ?? 0;
    if (name !== '' || count > 0)
      say(
        `  ${title.padEnd(widest)}  ${String(count).padStart(6)}  ${pc.cyan('█'.repeat(Math.round((30 * count) / leads)))}`,
      );
  }
}
