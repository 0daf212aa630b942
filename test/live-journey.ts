import { type AddressInfo } from 'node:net';
import { createServer, type Server } from 'node:http';
import { openCaller } from '../src/delivery/caller.js';
import { openLocalMailbox } from '../src/delivery/local-mailbox.js';
import { openDispatcher } from '../src/delivery/dispatcher.js';
import { openMailMaker } from '../src/delivery/mail-maker.js';
import { openOutbox } from '../src/delivery/outbox.js';
import { openThrottles } from '../src/delivery/throttles.js';
import { recordEvent } from '../src/engine.js';
import type { LeadEvent } from '../src/event/lead-event.js';
import { callAudience, callByDates, lookAtSegments } from '../src/jobs/calendar.js';
import type { Enrollment } from '../src/journey/enrollment.js';
import type { Lead, MailFacts } from '../src/journey/facts.js';
import type { SentMail } from '../src/simulation/simulate.js';
import { changesByTime, dateEvents, lookHour } from '../src/journey/timed-events.js';
import { addressKey } from '../src/message/address.js';
import { captureLead } from '../src/lead/capture.js';
import { strikesOf } from '../src/sequence/cron.js';
import type { Project } from '../src/sequence/project.js';
import { openDatabase } from '../src/store/database.js';
import { engineOn, factsOf } from '../src/store/engine-store.js';
import type { LeadInput } from '../src/journey/lead-input.js';
import { toFacts } from '../src/store/message-row.js';
import { openStore } from '../src/store/open-store.js';
import { deriveSecrets } from '../src/store/secrets.js';
import { testDatabase, giveBack } from './support.js';

/** A journey to be lived: on a real database, with a real mailbox and real calls. */
export type LiveJourney = {
  readonly project: Project;
  readonly lead: LeadInput;
  readonly leadId: string;
  readonly from: Date;
  readonly until: Date;
  readonly script: readonly LeadEvent[];
  readonly respond: (mail: SentMail) => readonly LeadEvent[];
  /** Ways that have won, by the key of the split. */
  readonly winners: ReadonlyMap<string, string>;
};

/** How things stand at the end of a journey that was lived. */
export type Lived = {
  readonly lead: Lead;
  readonly score: number;
  readonly suppression: string | undefined;
  readonly enrollments: readonly Enrollment[];
  readonly mails: readonly (MailFacts & {
    readonly sequence: string;
    readonly step: string;
    readonly template: string | undefined;
    readonly to: string;
  })[];
  readonly calls: readonly { readonly at: Date | undefined; readonly sequence: string; readonly step: string }[];
};

export type Stage = Awaited<ReturnType<typeof openStage>>;

/** Opens a database on which journeys are lived one after the other, each with its own project and clock. */
export async function openStage(defaultTimeZone: string) {
  const uri = testDatabase();
  const database = await openDatabase({ dataDir: '', uri, mayShare: false, say: () => {} });
  const secrets = deriveSecrets('a secret that only tests know of');
  const store = await openStore(database.db, secrets);
  let clock = new Date(0);
  let current: Project | undefined;
  let ids = 0;
  let faults: unknown[] = [];

  const now = () => clock;
  const newId = () => `id-${(ids += 1)}`;
  const onFault = (error: unknown): void => void faults.push(error);
  const project = (): Project => {
    if (!current) throw new Error('nobody lives yet');
    return current;
  };
  const setting = { now, newId, project, defaultTimeZone, onFault };
  const engine = engineOn(store, setting);
  const calendar = { store, engine, project, defaultTimeZone };
  const shared = () => ({
    brand: project().brand,
    publicUrl: 'https://mail.example.com',
    keys: secrets.keys,
  });
  const dkim = { keyFor: () => ({ missing: 'nobody signs here' }) };
  const outbox = openOutbox(store, {
    ...setting,
    transports: [{ name: 'mailbox', transport: openLocalMailbox(store.mailbox), headers: {}, tagHeaders: () => ({}) }],
    throttles: openThrottles(store.throttles, () => project().delivery, 'given'),
    maker: openMailMaker({ ...setting, mail: shared, dkim, dkimRequired: false }),
    onBounce: async () => {},
    say: (line) => onFault(new Error(line)),
  });
  const caller = openCaller(store, {
    ...setting,
    scoreOf: (lead) => factsOf({ lead }, store, setting).score.total,
    key: secrets.webhookKey,
    allowPrivate: true,
  });

  const dispatcher = openDispatcher({ engine, newId, pauses: store.pauses, outbox, caller, say: () => {}, onFault });
  const dueNext = (): Promise<readonly (Date | undefined)[]> =>
    Promise.all([store.enrollments.nextDueAt(), store.messages.nextAttemptAt(), store.calls.nextAttemptAt()]);

  const begin = async (journey: LiveJourney): Promise<void> => {
    const rows = (await database.db.collections()).filter(({ collectionName }) => collectionName !== 'settings');
    await Promise.all(rows.map((collection) => collection.deleteMany({})));
    await store.winners.refresh();
    [current, clock, ids, faults] = [journey.project, journey.from, 0, []];
    await store.revisions.deploy(journey.project, clock);
    for (const [key, way] of journey.winners)
      await store.winners.decide(key, { way, sequence: '', step: '', at: clock });
    await callByDates(calendar);
  };

  const live = async (journey: LiveJourney): Promise<Lived> => {
    const { leadId, from, until, respond } = journey;
    await begin(journey);
    const dated = [...project().programs.values()].filter(({ enroll }) => enroll.dates.length > 0);
    const ticks = ticksOf(journey.project, from, until, calendar);
    let script = byTime(journey.script);
    const heard = new Set<string>();

    await captureLead(journey.lead, 'test', store, engine, () => leadId);
    for (;;) {
      await dispatcher.wake();
      for (const { id, state, to, settledAt, ...mail } of await store.messages.ofLead(leadId)) {
        if (heard.has(id) || state !== 'accepted' || to !== undefined || !settledAt) continue;
        heard.add(id);
        const { enrollment, sequence, step, template = '' } = mail;
        script = byTime([...script, ...respond({ lead: leadId, at: settledAt, enrollment, sequence, step, template })]);
      }
      const lead = dated.length > 0 ? await store.leads.byId(leadId) : undefined;
      const dates = lead
        ? dated.flatMap((program) => dateEvents(program, lead, lead.timezone ?? defaultTimeZone, clock, until))
        : [];
      const next = earliest([...(await dueNext()), script[0]?.at, ticks[0]?.at, ...dates.map(({ at }) => at)]);
      if (!next || next > until) break;
      const at = next < clock ? clock : next;
      // Live they are looked for every five minutes: what an event of this instant writes into a field is not of the past.
      if (dated.length > 0 && at > clock) {
        clock = new Date(at.getTime() - 1);
        await callByDates(calendar);
      }
      clock = at;
      // Without any at all, a run that is due would be looked for again and again.
      for (; script[0] && script[0].at <= at; script = script.slice(1)) await recordEvent(script[0], engine);
      if (dated.length > 0) await callByDates(calendar);
      for (; ticks[0] && ticks[0].at <= at; ticks.shift()) await ticks[0].strike();
    }
    if (faults.length > 0) throw new Error('a fault was told', { cause: faults[0] });
    clock = until;
    return endOf(leadId);
  };

  const endOf = async (leadId: string): Promise<Lived> => {
    const lead = await store.leads.byId(leadId);
    if (!lead) throw new Error('the lead is gone');
    const [messages, calls, enrollments, events] = await Promise.all([
      store.messages.ofLead(leadId),
      store.calls.ofLead(leadId),
      store.enrollments.ofLead(leadId),
      store.events.ofLeads([leadId], [...project().attention.counted]),
    ]);
    const accepted = messages.filter(({ state }) => state === 'accepted');
    return {
      lead,
      enrollments,
      score: factsOf({ lead, events: events.get(leadId) ?? [] }, store, setting).score.total,
      suppression: await store.suppressions.of(addressKey(lead.email)),
      mails: accepted.map((message) => ({
        ...toFacts(message),
        sequence: message.sequence,
        step: message.step,
        template: message.template,
        to: message.to ?? lead.email,
      })),
      calls: calls.flatMap(({ state, settledAt, sequence, step }) =>
        state === 'answered' ? [{ at: settledAt, sequence, step }] : [],
      ),
    };
  };
  const close = async (): Promise<void> => {
    await database.stop();
    await giveBack(uri);
  };
  return { live, close, defaultTimeZone };
}

type Tick = { readonly at: Date; readonly strike: () => Promise<void> };

/** What comes round for everybody, at the instants at which it would. */
function ticksOf(project: Project, from: Date, until: Date, calendar: Parameters<typeof lookAtSegments>[0]): Tick[] {
  const newsletters = [...project.programs.values()].flatMap((program) =>
    strikesOf(
      program.broadcast?.schedule ?? never,
      program.broadcast?.timeZone ?? 'UTC',
      from,
      program.broadcast ? until : from,
    ).map((at): Tick => ({ at, strike: () => callAudience(program, calendar) })),
  );
  const looks = changesByTime(project) ? strikesOf(`0 ${lookHour} * * *`, 'UTC', from, until) : [];
  const ticks = [...newsletters, ...looks.map((at): Tick => ({ at, strike: () => lookAtSegments(calendar) }))];
  return ticks.toSorted((a, b) => a.at.getTime() - b.at.getTime());
}

const never = '0 0 1 1 *';

function earliest(times: readonly (Date | undefined)[]): Date | undefined {
  return times.reduce((first, at) => (at && (!first || at < first) ? at : first), undefined);
}

function byTime(events: readonly LeadEvent[]): readonly LeadEvent[] {
  return events.toSorted((a, b) => a.at.getTime() - b.at.getTime());
}

/** A server that answers calls: `/answers/2` with the third of the answers. */
export async function openAnswerer(answers: readonly { readonly status: number; readonly body?: unknown }[]) {
  const server: Server = createServer((request, response) => {
    request.resume();
    const { status, body } = answers[Number(request.url?.split('/').at(-1))] ?? { status: 500 };
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(body === undefined ? '' : JSON.stringify(body));
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const { port } = addressOf(server);
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((resolve) => void server.close(resolve));
  };
  return { host: `127.0.0.1:${port}`, close };
}

function addressOf(server: Server): AddressInfo {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return address;
}
