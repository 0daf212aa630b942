import { grouped } from '../grouping.js';
import type { Happening, History, Run, SentMail } from './history.js';
import { wasTaken } from './milestones.js';
import { coded, type Tally } from './tally.js';

/** What may become of a mail. Each is counted once a mail, however often it was told. */
export const mailFacts = [
  'sent',
  'delivered',
  'opened',
  'clicked',
  'replied',
  'unsubscribed',
  'complained',
  'hard-bounced',
  'soft-bounced',
  'machine-opened',
  'machine-clicked',
  'goal',
] as const;
export type MailFact = (typeof mailFacts)[number];

/** What each means, in a sentence that reports print. */
export const mailMeanings: Readonly<Record<MailFact, string>> = {
  sent: 'handed to a mail server: taken, refused, or its answer unheard',
  delivered: 'a provider told that it is in the mailbox; servers that tell nothing leave it at 0',
  opened: 'opened, clicked or answered by a person',
  clicked: 'a link was clicked by a person',
  replied: 'answered by a person',
  unsubscribed: 'unsubscribed by this mail',
  complained: 'reported as spam',
  'hard-bounced': 'came back: the address is no good',
  'soft-bounced': 'came back: it could not be delivered then',
  'machine-opened': 'opened by a machine, whatever a person did besides',
  'machine-clicked': 'a machine followed its links',
  goal: 'its run, now ended, reached the goal or the lead converted before the next mail of it went',
};

/** What became of each mail of a lead, on the day on which it went: late news lands there too. */
export function mailTallies({ mails, happenings, runs }: History): readonly Tally[] {
  const news = grouped(
    happenings.filter(({ message }) => message !== undefined),
    ({ message = '' }) => message,
  );
  const goals = mailsOfGoals(mails, runs);
  return mails.flatMap((mail): readonly Tally[] => {
    const facts = factsOf(mail, news.get(mail.id) ?? [], goals.has(mail.id));
    if (!facts.includes('sent')) return [];
    const { sequence, step, at } = mail;
    const series = { kind: 'sequence', of: sequence } as const;
    return [{ series, at, group: 'm', key: `${coded(step)}/${facts.join('+')}`, n: 1 }];
  });
}

function factsOf(mail: SentMail, news: readonly Happening[], isGoal: boolean): readonly MailFact[] {
  const did = (type: string, machine: boolean): boolean =>
    news.some((one) => one.type === type && one.machine === machine);
  const bounces = news.filter(({ type }) => type === 'bounced');
  const isHard = bounces.some(({ hard }) => hard === true);
  const found: Readonly<Record<MailFact, boolean>> = {
    sent: wasTaken(mail) || mail.state === 'rejected' || bounces.length > 0,
    delivered: news.some(({ type }) => type === 'delivered'),
    // Whoever clicks or replies has read it, whatever became of the pixel.
    opened: ['opened', 'clicked', 'replied'].some((type) => did(type, false)),
    clicked: did('clicked', false),
    replied: did('replied', false),
    unsubscribed: did('unsubscribed', false),
    complained: news.some(({ type }) => type === 'complained'),
    'hard-bounced': isHard,
    // A mail that bounced softly and then for good is of no use to anybody as two.
    'soft-bounced': bounces.length > 0 && !isHard,
    'machine-opened': did('opened', true),
    'machine-clicked': did('clicked', true),
    goal: isGoal,
  };
  return mailFacts.filter((fact) => found[fact]);
}

/** Of each run that reached its goal the mail that went last before. */
function mailsOfGoals(mails: readonly SentMail[], runs: readonly Run[]): ReadonlySet<string> {
  const byRun = grouped(mails, ({ enrollment }) => enrollment);
  return new Set(
    runs.flatMap(({ id, goalAt }) => {
      const before = (byRun.get(id) ?? []).filter(({ at }) => goalAt && at <= goalAt);
      return before.toSorted((a, b) => a.at.getTime() - b.at.getTime() || (a.id < b.id ? -1 : 1)).at(-1)?.id ?? [];
    }),
  );
}
