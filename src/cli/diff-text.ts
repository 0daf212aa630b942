import pc from 'picocolors';
import type { Waiting } from '../lead/on-their-way.js';
import { type Change, changeInWords, changeJson } from '../diff/change.js';
import type { SequenceDiff } from '../diff/diff.js';
import type { RulesDiff } from '../diff/diff-rules.js';
import { fateInWords } from '../diff/fate.js';

/** What an edit does to a sequence and to the leads in it, who are known only where the database is asked. */
export type ToldSequence = SequenceDiff & { readonly leads?: readonly Waiting[] };

/** All that is told. `against`: what the saved files are held against, in words. */
export type ProjectDiff = RulesDiff & {
  readonly against: string;
  readonly sequences: readonly ToldSequence[];
  readonly notes: readonly string[];
};

const marks = { new: pc.green('+'), gone: pc.red('−'), changed: pc.yellow('~'), moved: pc.cyan('↕') } as const;

/** What has changed, for a person to read. */
export function diffText(told: ProjectDiff): string {
  const { sequences, templates, rules, notes, against } = told;
  const isSame = sequences.length + templates.length + rules.length === 0;
  const reach = 'Every mail from now on uses them as they are saved, also for leads on their way.';
  const points =
    'Points count for what happens from now on, or for all that has happened: rivulet score recompute. Fading, limits, fit and thresholds count at once.';
  const sections = [
    isSame
      ? `${pc.green('✔')} Nothing has changed: the saved files say the same as ${against}.`
      : pc.dim(`The saved files against ${against}:`),
    ...apart(sequences),
    ...section('templates', templates, templates.some(({ mark }) => mark !== 'new') ? [reach] : []),
    ...rules.flatMap(({ of, changes }) => section(of, changes, of === 'scoring' ? [points] : [])),
    ...notes.map((note) => `${pc.yellow('!')} ${note}`),
    ...(isSame ? [] : [pc.dim(summaryOf(told))]),
  ];
  return sections.join('\n\n');
}

/** What has lines of its own stands apart; new ones stand together. */
function apart(sequences: readonly ToldSequence[]): readonly string[] {
  const isNew = ({ before, leads = [] }: ToldSequence): boolean => !before && leads.length === 0;
  const fresh = sequences.filter(isNew).flatMap(sequenceLines).join('\n');
  const others = sequences.filter((one) => !isNew(one)).map((one) => sequenceLines(one).join('\n'));
  return fresh ? [...others, fresh] : others;
}

function section(title: string, changes: readonly Change[], notes: readonly string[]): readonly string[] {
  if (changes.length === 0) return [];
  return [[pc.bold(title), ...changes.map(lineOf), ...notes.map((note) => pc.dim(`  ${note}`))].join('\n')];
}

function sequenceLines(told: ToldSequence): readonly string[] {
  const { name, title, before, after, changes, leads } = told;
  const mark = !before ? marks.new : after ? marks.changed : marks.gone;
  const state = !before ? `new, ${mailsIn(told)}` : after ? '' : 'gone';
  const isOnlyLayout = before && after && changes.length === 0;
  return [
    `${mark} ${pc.bold(name)}  ${title}${state ? pc.dim(`  ${state}`) : ''}`,
    ...changes.map(lineOf),
    ...(isOnlyLayout ? [pc.dim('  Only how the file is written has changed, nothing that it does.')] : []),
    ...(leads && (before || leads.length > 0) ? leadLines(told, leads) : []),
  ];
}

function mailsIn({ after }: ToldSequence): string {
  const mails = [...(after?.steps.values() ?? [])].filter(({ kind }) => kind === 'send').length;
  return counted(mails, 'mail');
}

/** A change as a line: mark, what it is about, what stood there and what stands there now. */
function lineOf(change: Change): string {
  const { mark, depth, what, was, is } = change;
  const indent = '  '.repeat(depth + 1);
  const line = (text: string): string => `${indent}${marks[mark]} ${text}`;
  if (was === undefined || is === undefined) return line(changeInWords(change));
  const [old, now] = [pc.red(was), pc.green(is)];
  const isLong = what.length + was.length + is.length > 100;
  return isLong ? `${line(`${what}:`)}\n${indent}    ${old}\n${indent}  → ${now}` : line(`${what}: ${old} → ${now}`);
}

/** What becomes of the leads in a sequence, a line for each step that some stand at. */
function leadLines({ after }: ToldSequence, leads: readonly Waiting[]): readonly string[] {
  const all = leads.reduce((sum, { count }) => sum + count, 0);
  const entering = !after || after.inFlight === 'drain' ? ' Nobody enters any more.' : '';
  if (all === 0) return [pc.dim(`  No leads are on their way in it.${entering}`)];
  const isOneFate = leads.every(({ fate }) => fate.kind === 'finish') && after?.inFlight !== 'migrate';
  const unseen = after ? 'they finish the revision they are on and see nothing of this' : 'they finish it';
  const head = `  ${pc.cyan('●')} ${pc.bold(counted(all, 'lead'))} on their way${isOneFate ? `: ${unseen}.` : ':'}${entering}`;
  const places = together(leads);
  const widest = String(Math.max(...places.map(({ count }) => count))).length;
  const lines = places.map(
    (one) =>
      `    ${String(one.count).padStart(widest)} at ${one.where}${isOneFate ? '' : pc.dim(` ${fateInWords(one)}`)}`,
  );
  return [head, ...lines];
}

/** Those of several revisions of whom the same is to be said. */
function together(leads: readonly Waiting[]): readonly Waiting[] {
  const groups = new Map<string, Waiting>();
  for (const one of leads) {
    const key = JSON.stringify([one.where, one.fate]);
    const same = groups.get(key) ?? { ...one, count: 0, dueAtOnce: 0 };
    groups.set(key, { ...same, count: same.count + one.count, dueAtOnce: same.dueAtOnce + one.dueAtOnce });
  }
  return [...groups.values()];
}

function summaryOf({ sequences, templates, rules }: ProjectDiff): string {
  const marked = sequences.map(({ before, after }) => (!before ? 'new' : after ? 'changed' : 'gone'));
  const parts = [
    ...(sequences.length > 0 ? [`sequences: ${tally(marked)}`] : []),
    ...(templates.length > 0 ? [`templates: ${tally(templates.map(({ mark }) => mark))}`] : []),
    ...(rules.length > 0 ? [rules.map(({ of }) => of).join(', ')] : []),
  ];
  return parts.join(' · ');
}

/** "2 new, 1 gone" */
function tally(marked: readonly string[]): string {
  const counts = ['new', 'changed', 'gone'].map((mark) => ({
    mark,
    count: marked.filter((one) => one === mark).length,
  }));
  return counts.flatMap(({ mark, count }) => (count > 0 ? [`${count} ${mark}`] : [])).join(', ');
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

/** The same for scripts. */
export function toJson({ sequences, templates, rules, ...rest }: ProjectDiff) {
  return {
    ...rest,
    sequences: sequences.map(({ name, title, before, after, changes, leads }) => ({
      name,
      title,
      state: !before ? 'new' : after ? 'changed' : 'gone',
      before: before?.revision ?? null,
      after: after?.revision ?? null,
      inFlight: after?.inFlight ?? null,
      changes: changes.map(changeJson),
      ...(leads
        ? {
            leads: leads.map(({ fate, ...one }) => ({ ...one, fate: fate.kind, words: fateInWords({ fate, ...one }) })),
          }
        : {}),
    })),
    templates: templates.map(changeJson),
    rules: rules.map(({ of, changes }) => ({ of, changes: changes.map(changeJson) })),
  };
}
