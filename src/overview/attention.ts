import type { Diagnostic } from '../diagnostic.js';
import type { HandedOver } from '../sales/standing.js';
import type { FormPace } from '../store/attention.js';
import type { Pauses } from '../store/pauses.js';
import type { Returns } from './figures.js';

/** Something that somebody should look at, most pressing first; `page` is where it is mended. */
export type Attention = {
  readonly kind:
    | 'transport'
    | 'pause'
    | 'file'
    | 'standstill'
    | 'bounces'
    | 'complaints'
    | 'uncertain'
    | 'endpoint'
    | 'sales'
    | 'form'
    | 'late';
  readonly severity: 'error' | 'warning';
  readonly what: string;
  readonly because: string;
  readonly mend: string;
  readonly page: string;
  readonly since?: Date;
};

/** All that is looked at. */
export type Looked = {
  readonly now: Date;
  readonly diagnostics: readonly Diagnostic[];
  readonly pauses: Pauses;
  readonly transports: readonly { readonly transport: string; readonly because: string }[];
  readonly returns: { readonly lately: Returns; readonly usually: Returns };
  readonly uncertain: number;
  readonly endpoints: readonly { readonly id: string; readonly name: string; readonly dead: number }[];
  /** Leads that sales was given and has not answered for. */
  readonly waiting: readonly Pick<HandedOver, 'at' | 'owner'>[];
  readonly forms: readonly FormPace[];
  readonly lateSteps: { readonly count: number; readonly oldest?: Date };
  readonly lastBeatAt: Date | undefined;
  readonly lateJobs: readonly { readonly name: string; readonly dueAt: Date }[];
};

/** What needs attention, errors first. */
export function attentionTo(looked: Looked): readonly Attention[] {
  const all = [
    ...standstill(looked),
    ...looked.transports.map(({ transport, because }) => ofTransport(transport, because)),
    ...pausesIn(looked),
    ...filesIn(looked.diagnostics),
    ...returnsIn(looked.returns),
    ...uncertainIn(looked.uncertain),
    ...lateIn(looked),
    ...looked.endpoints.filter(({ dead }) => dead > 0).map(ofEndpoint),
    ...salesIn(looked),
    ...looked.forms.filter(isSpike).map(ofForm),
  ];
  return [
    ...all.filter(({ severity }) => severity === 'error'),
    ...all.filter(({ severity }) => severity === 'warning'),
  ];
}

const minuteMs = 60_000;
const hourMs = 3_600_000;

/** Beats come each minute: after some without one, nobody is sending. */
const silentMs = 5 * minuteMs;

function standstill({ lastBeatAt, now }: Looked): readonly Attention[] {
  if (!lastBeatAt || now.getTime() - lastBeatAt.getTime() < silentMs) return [];
  return [
    {
      kind: 'standstill',
      severity: 'error',
      what: 'Nothing is sent: no Rivulet is running',
      because: 'nobody has said for some minutes that time takes its course',
      mend: 'Start it with "npm start", or look into its log',
      page: '/deliverability',
      since: lastBeatAt,
    },
  ];
}

function ofTransport(transport: string, because: string): Attention {
  return {
    kind: 'transport',
    severity: 'error',
    what: `The transport ${transport} cannot be used`,
    because,
    mend: 'Mails wait for it and nothing is lost. Look whether its server answers, and whether the login is right',
    page: '/deliverability',
  };
}

function pausesIn({ pauses }: Looked): readonly Attention[] {
  return [...pauses.values()].map(({ of, because, by, since }) => {
    const [kind, name] = of.split(/:(.*)/s);
    return {
      kind: 'pause',
      severity: by === 'rivulet' || of === 'everything' ? 'error' : 'warning',
      what: name === undefined ? 'Everything is paused' : `The ${kind} ${name} is paused`,
      because: because === '' ? 'somebody paused it' : because,
      mend: by === 'rivulet' ? 'See to the cause, then resume it' : 'Resume it when it may go on',
      page: kind === 'sequence' && name !== undefined ? `/sequences/${encodeURIComponent(name)}` : '/deliverability',
      since,
    };
  });
}

/** Each file once, with its first mistake. */
function filesIn(diagnostics: readonly Diagnostic[]): readonly Attention[] {
  const first = new Map(diagnostics.toReversed().map((one) => [one.file, one]));
  return [...first.values()].toReversed().flatMap(({ file, line, column, message, hint, severity }) =>
    severity === 'error'
      ? [
          {
            kind: 'file' as const,
            severity: 'error' as const,
            what: `${file}:${line}:${column} is broken`,
            because: message,
            mend: `${hint} Until then runs what was there before`.trim(),
            page: `/editor/${file}`,
          },
        ]
      : [],
  );
}

/** Above these a provider looks closer, or blocks. Gmail and Yahoo name 0.3 % of complaints as the most, and 0.1 % as good. */
const limits = {
  bounces: { least: 200, warn: 0.02, error: 0.05 },
  complaints: { least: 200, warn: 0.001, error: 0.003 },
} as const;

function returnsIn({ lately, usually }: Looked['returns']): readonly Attention[] {
  return [
    ...rising('bounces', 'hard bounces', (of) => of.bounced, { lately, usually }),
    ...rising('complaints', 'complaints', (of) => of.complained, { lately, usually }),
  ];
}

function rising(
  kind: 'bounces' | 'complaints',
  called: string,
  count: (of: Returns) => number,
  { lately, usually }: Looked['returns'],
): readonly Attention[] {
  const { least, warn, error } = limits[kind];
  if (lately.sent < least) return [];
  const share = count(lately) / lately.sent;
  const before = usually.sent > 0 ? count(usually) / usually.sent : 0;
  // Twice as many as usual is a sign before any limit is reached, if they are not just one or two.
  const isRising = usually.sent >= least && share > 2 * before && count(lately) >= 5 && share > warn / 2;
  if (share < warn && !isRising) return [];
  return [
    {
      kind,
      severity: share >= error ? 'error' : 'warning',
      what: `${percent(share)} ${called} in the last 7 days`,
      because:
        usually.sent > 0
          ? `${count(lately)} of ${lately.sent} mails; in the four weeks before it was ${percent(before)}`
          : `${count(lately)} of ${lately.sent} mails`,
      mend:
        kind === 'bounces'
          ? 'Look from which domains they come, and whether a list was imported lately'
          : 'Look which mails they are about, and whether those leads agreed to get them',
      page: '/deliverability',
    },
  ];
}

function percent(share: number): string {
  return `${Number((share * 100).toFixed(share < 0.01 ? 2 : 1))} %`;
}

function uncertainIn(mails: number): readonly Attention[] {
  if (mails === 0) return [];
  return [
    {
      kind: 'uncertain',
      severity: 'warning',
      what: `${mails} ${mails === 1 ? 'mail is' : 'mails are'} uncertain`,
      because: 'the answer of the mail server was lost after the mail was handed over; it is not sent again',
      mend: 'An open, a click or a bounce settles it. "npx rivulet audit" lists them',
      page: '/deliverability',
    },
  ];
}

const jobLateMs = 30 * minuteMs;

function lateIn({ lateSteps: { count, oldest }, lateJobs, now }: Looked): readonly Attention[] {
  const steps: readonly Attention[] =
    count === 0
      ? []
      : [
          {
            kind: 'late',
            severity: 'warning',
            what: `${count} steps or mails are late`,
            because: 'they were due and have not been done',
            mend: 'A moment after a start this is usual. If it stays, look at transports and pauses',
            page: '/deliverability',
            ...(oldest ? { since: oldest } : {}),
          },
        ];
  const jobs = lateJobs.filter(({ dueAt }) => now.getTime() - dueAt.getTime() > jobLateMs);
  return [
    ...steps,
    ...jobs.map(
      ({ name, dueAt }): Attention => ({
        kind: 'late',
        severity: 'warning',
        what: `"${name.split(',')[0]}" is late`,
        because: 'it comes round by itself, and did not',
        mend: 'Look into the log of Rivulet; a restart begins it anew',
        page: '/activity',
        since: dueAt,
      }),
    ),
  ];
}

function ofEndpoint({ id, name, dead }: Looked['endpoints'][number]): Attention {
  return {
    kind: 'endpoint',
    severity: 'warning',
    what: `${dead} ${dead === 1 ? 'delivery' : 'deliveries'} to ${name} given up`,
    because: 'its address refused them, or did not answer, until there was no more trying',
    mend: 'See to the address, then deliver them again',
    page: `/endpoints/${encodeURIComponent(id)}`,
  };
}

/** Whoever was handed over and has not been spoken to in this time gets cold. */
const overdueMs = 48 * hourMs;

function salesIn({ waiting, now }: Looked): readonly Attention[] {
  const late = waiting.filter(({ at }) => now.getTime() - at.getTime() > overdueMs);
  const oldest = late.toSorted((a, b) => a.at.getTime() - b.at.getTime())[0];
  if (!oldest) return [];
  const owners = new Set(late.map(({ owner }) => owner));
  return [
    {
      kind: 'sales',
      severity: 'warning',
      what: `${late.length} ${late.length === 1 ? 'lead waits' : 'leads wait'} for sales for more than two days`,
      because:
        owners.size === 1 ? 'their colleague has not answered' : `none of their ${owners.size} colleagues has answered`,
      mend: 'Ask the colleagues, or give the leads to others',
      page: '/leads',
      since: oldest.at,
    },
  ];
}

const spikeHours = 24;
const usualDays = 14;

/** Five times as many in a day as on one of the days before, and more than a handful. */
function isSpike({ lately, before }: FormPace): boolean {
  return lately >= 20 && lately > 5 * Math.max(1, before / usualDays);
}

function ofForm({ form, lately, before }: FormPace): Attention {
  return {
    kind: 'form',
    severity: 'warning',
    what: `The form ${form} was sent ${lately} times in ${spikeHours} hours`,
    because: `on a usual day it is ${Math.round((before / usualDays) * 10) / 10}`,
    mend: 'A campaign, or a robot: look at who they are, and at its defences',
    page: `/forms/${encodeURIComponent(form)}`,
  };
}

/** From when on forms are compared. */
export function formSpans(now: Date): { readonly lately: Date; readonly before: Date } {
  const lately = new Date(now.getTime() - spikeHours * hourMs);
  return { lately, before: new Date(lately.getTime() - usualDays * 24 * hourMs) };
}
