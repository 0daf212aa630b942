import type { Program } from '../sequence/program.js';
import { type MailFact, mailFacts, mailMeanings } from './mail-tallies.js';
import { type Material, namesOf, shownName, timeRows } from './needs.js';
import type { Cell, Column, Report, Table } from './report.js';
import { splitTables } from './splits.js';
import { type Counts, countIn, sumBy } from './sums.js';
import { coded, decoded } from './tally.js';

/** A line of the report: a mail, or all of a sequence or a span of time. */
type Line = { readonly sequence?: string; readonly name: string; readonly of: (fact: MailFact) => number };

/** What became of the mails that went in a period, and of the ways of splits that were taken in it. */
export function sequenceReport(material: Material): Report {
  const { ask, asOf } = material;
  const lines = linesOf(material);
  const splits = ask.by === undefined || ask.by === 'sequence' ? splitTables(material) : [];
  return {
    report: 'sequence',
    title: 'What became of mails',
    period: ask.period,
    by: ask.by ?? 'mail',
    asOf,
    tables: [countsTable(lines, ask.by), ratesTable(lines, ask.by), ...splits],
    notes: [
      'What became of a mail counts on the day on which it went, however late it came.',
      'Opens and clicks are those of people; what machines did stands beside.',
      ...(splits.length > 0
        ? ['Verdicts hold for one look: whoever looks every day and stops at the first difference finds one by chance.']
        : []),
    ],
  };
}

const titles: Readonly<Record<MailFact, string>> = {
  sent: 'sent',
  delivered: 'deliv.',
  opened: 'opened',
  clicked: 'clicked',
  replied: 'repl.',
  unsubscribed: 'unsub.',
  complained: 'spam',
  'hard-bounced': 'hard',
  'soft-bounced': 'soft',
  'machine-opened': 'mach.\nopened',
  'machine-clicked': 'mach.\nclicked',
  goal: 'goal',
};
const counted: readonly MailFact[] = mailFacts.filter((fact) => !fact.startsWith('machine'));
const rated: readonly MailFact[] = ['opened', 'clicked', 'replied', 'unsubscribed', 'hard-bounced', 'goal'];
const machines: readonly MailFact[] = ['machine-opened', 'machine-clicked'];

function countsTable(lines: readonly Line[], by: string | undefined): Table {
  const columns = counted.map((fact): Column => ({ key: fact, title: titles[fact], means: mailMeanings[fact] }));
  return tableOf('mails', 'Mails', lines, { by, columns, cells: ({ of }) => counted.map(of) });
}

function ratesTable(lines: readonly Line[], by: string | undefined): Table {
  const shares = rated.map(
    (fact): Column => ({ key: fact, title: titles[fact], means: `share of the mails sent: ${mailMeanings[fact]}` }),
  );
  const beside = machines.map((fact): Column => ({ key: fact, title: titles[fact], means: mailMeanings[fact] }));
  const cells = ({ of }: Line): readonly Cell[] => [
    ...rated.map((fact): Cell => (of('sent') > 0 ? { share: { part: of(fact), whole: of('sent') } } : null)),
    ...machines.map(of),
  ];
  return tableOf('rates', 'Of the mails sent', lines, { by, columns: [...shares, ...beside], cells });
}

type Laid = {
  readonly by: string | undefined;
  readonly columns: readonly Column[];
  readonly cells: (line: Line) => readonly Cell[];
};

function tableOf(name: string, title: string, lines: readonly Line[], { by, columns, cells }: Laid): Table {
  const first: readonly Column[] = by
    ? [{ key: by, title: by, means: 'what the row is of' }]
    : [
        { key: 'sequence', title: 'sequence', means: 'the sequence' },
        { key: 'mail', title: 'mail', means: 'the step that sent it' },
      ];
  const rows = lines.map((line) => [...(by ? [] : [line.sequence ?? '']), line.name, ...cells(line)]);
  return { name, title, columns: [...first, ...columns], rows, ...(by ? {} : { isGrouped: true }) };
}

function linesOf(material: Material): readonly Line[] {
  const { ask, parts } = material;
  const time = timeRows(material);
  if (time) {
    const sums = sumBy(parts, time.rowOf);
    return time.rows.map(({ name }) => ({ name, of: factsIn(sums.get(name)) }));
  }
  const sums = sumBy(parts, ({ series }) => series.of);
  const mailed = [...sums].filter(([, counts]) => (counts.get('m')?.size ?? 0) > 0).map(([name]) => name);
  const names = namesOf('sequence', mailed, material).filter((name) => mailed.includes(name));
  if (ask.by === 'sequence')
    return names.map((name) => ({ name: shownName('sequence', name), of: factsIn(sums.get(name)) }));
  return names.flatMap((sequence) => {
    const counts = sums.get(sequence);
    return stepsOf(counts, material.project.programs.get(sequence)).map((step): Line => {
      return { sequence, name: step, of: factsOfStep(counts, step) };
    });
  });
}

/** The same of one step. */
export function factsOfStep(counts: Counts | undefined, step: string): Line['of'] {
  return (fact) => countIn(counts, 'm', `${coded(step)}/${fact}`);
}

/** Steps that sent something, in the order of the file; then those that the file has no more. */
export function stepsOf(counts: Counts | undefined, program: Program | undefined): readonly string[] {
  const sent = new Set([...(counts?.get('m')?.keys() ?? [])].map((key) => decoded(key.slice(0, key.lastIndexOf('/')))));
  const planned = [...(program?.steps.keys() ?? [])].filter((step) => sent.has(step));
  return [...planned, ...[...sent].filter((step) => !planned.includes(step)).toSorted()];
}

/** How many mails a fact is true of, all steps of some counts together. */
function factsIn(counts: Counts | undefined): Line['of'] {
  const sums = new Map<string, number>();
  for (const [key, n] of counts?.get('m') ?? []) {
    const fact = key.slice(key.lastIndexOf('/') + 1);
    sums.set(fact, (sums.get(fact) ?? 0) + n);
  }
  return (fact) => sums.get(fact) ?? 0;
}
