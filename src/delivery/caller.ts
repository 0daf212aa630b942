import type { Enrollment } from '../journey/enrollment.js';
import type { Lead } from '../journey/facts.js';
import type { MergeValue } from '../message/merge.js';
import type { StepOfKind } from '../sequence/program.js';
import type { Project } from '../sequence/project.js';
import type { CallOutcome, WebhookCall } from '../store/calls.js';
import type { Store } from '../store/open-store.js';
import { failure, outcomeOf } from './call-outcome.js';
import { signedRequest } from './call-request.js';
import { post, type PostRequest, type PostSetting } from './post.js';
import { urlOf } from '../url.js';

export type CallerSetting = Omit<PostSetting, 'timeoutMs'> & {
  readonly now: () => Date;
  readonly newId: () => string;
  readonly project: () => Pick<Project, 'brand'>;
  readonly scoreOf: (lead: Lead) => number;
  /** What sales should know of a lead, for steps that send it along. */
  readonly dossierOf?: (lead: Lead) => Promise<Readonly<Record<string, MergeValue>>>;
  /** Key of the signatures. */
  readonly key: Buffer;
  /** How long a receiver may take to answer: 10 seconds unless said. */
  readonly timeoutMs?: number;
};
/** What it needs of the store. */
export type CallerStore = Pick<Store, 'calls' | 'leads' | 'enrollments' | 'revisions'>;

/** `called`: something moved; `empty`: nothing to do. `enrollments`: those whose call is settled; they are due already. */
export type CallerResult = { readonly kind: 'called' | 'empty'; readonly enrollments: readonly string[] };

/** A claimed call with all that making it needs. */
type Job = {
  readonly call: WebhookCall;
  readonly lead: Lead | undefined;
  readonly enrollment: Enrollment | undefined;
  readonly step: StepOfKind<'webhook'> | undefined;
  readonly title: string;
};

const batchSize = 50;
const atOnce = 10;

/** Makes the calls of webhook steps: claims a batch, asks once more whether each is wanted, signs it, posts it, records the answer. */
export function openCaller(store: CallerStore, setting: CallerSetting) {
  const silences = openSilences();
  let isStopping = false;

  const callBatch = async (): Promise<CallerResult> => {
    const claim = setting.newId();
    const queue = [...(await gather(await store.calls.claim(setting.now(), batchSize, claim), store))];
    if (queue.length === 0) return { kind: 'empty', enrollments: [] };
    const settled: string[] = [];

    const work = async (): Promise<void> => {
      while (!isStopping) {
        const job = queue.shift();
        if (!job) return;
        const outcome = await callOne(job);
        if (outcome && (await record(job, outcome, claim))) settled.push(job.call.enrollment);
      }
    };
    const lines = await Promise.allSettled(Array.from({ length: atOnce }, work));
    await store.calls.giveBack(
      queue.map(({ call }) => call.id),
      claim,
      setting.now(),
    );
    for (const line of lines) if (line.status === 'rejected') throw line.reason;
    return { kind: 'called', enrollments: settled };
  };

  /** What came of one call; undefined when its lease is over, as somebody else may be making it. */
  const callOne = async ({ call, lead, enrollment, step, title }: Job): Promise<CallOutcome | undefined> => {
    const now = setting.now();
    if (call.nextAttemptAt <= now) return undefined;
    if (!lead || !step) return failure(lead ? 'its sequence revision is gone' : 'the lead is gone');
    const unwanted = whyNotWanted(call, enrollment, now);
    if (unwanted) return failure(unwanted);
    const host = hostOf(step.url);
    const leftAloneUntil = silences.until(host, now);
    if (leftAloneUntil) return { state: 'waiting', because: `${host} does not answer`, nextAttemptAt: leftAloneUntil };

    const dossier = asksForDossier(step) ? await setting.dossierOf?.(lead) : undefined;
    const about = { call, step, lead, title, score: setting.scoreOf(lead), brand: setting.project().brand };
    const subject = { ...about, ...(dossier ? { dossier } : {}) };
    let request: PostRequest;
    try {
      request = signedRequest(subject, setting.key, now);
    } catch {
      return failure('its body cannot be filled; "rivulet validate" names the merge field');
    }
    const posted = await post(step.url, request, { timeoutMs: 10_000, ...setting });
    silences.note(host, posted.kind === 'silent', setting.now());
    return outcomeOf(call, posted, setting.now());
  };

  /** True when that was the end of the call. Its run is woken at once: a slow call beside it must not hold it up. */
  const record = async ({ call }: Job, outcome: CallOutcome, claim: string): Promise<boolean> => {
    const isOurs = await store.calls.settle(call.id, outcome, claim, setting.now());
    if (!isOurs || outcome.state === 'waiting') return false;
    await store.enrollments.wake([call.enrollment], setting.now());
    return true;
  };

  return {
    callBatch,
    /** What is on its way is finished; nothing new is begun. */
    stop: async (): Promise<void> => {
      isStopping = true;
    },
  };
}

async function gather(calls: readonly WebhookCall[], store: CallerStore): Promise<readonly Job[]> {
  if (calls.length === 0) return [];
  const [leads, enrollments] = await Promise.all([
    store.leads.byIds([...new Set(calls.map(({ lead }) => lead))]),
    store.enrollments.byIds(calls.map(({ enrollment }) => enrollment)),
  ]);
  return Promise.all(
    calls.map(async (call): Promise<Job> => {
      const program = await store.revisions.program(call.revision);
      const step = program?.steps.get(call.step);
      return {
        call,
        lead: leads.get(call.lead),
        enrollment: enrollments.get(call.enrollment),
        step: step?.kind === 'webhook' ? step : undefined,
        title: program?.title ?? call.sequence,
      };
    }),
  );
}

/** The last look before a call is made: all that may have changed since it was planned. */
function whyNotWanted(call: WebhookCall, enrollment: Enrollment | undefined, now: Date): string | undefined {
  if (!enrollment || enrollment.status === 'ended') return enrollment?.endedBecause ?? 'the enrollment is gone';
  if (call.expiresAt > now) return undefined;
  return call.because ? `no answer until it was too late: ${call.because}` : 'too late to be worth calling';
}

/** Only few calls send along what must be read anew for each. */
function asksForDossier({ body }: StepOfKind<'webhook'>): boolean {
  return Object.values(body).some((value) => typeof value === 'string' && value.includes('dossier.'));
}

/** An error of `new URL` would hold the address, and that may hold a secret. */
function hostOf(url: string): string {
  return urlOf(url)?.host ?? 'its address';
}

/** Calls in a row without any answer after which a host is left alone, and for how long. */
const mostSilences = 3;
const silencePauseMs = 60_000;

/** Hosts that do not answer: each call to one takes as long as a call may, and must not hold up those to others. */
function openSilences() {
  const silent = new Map<string, { readonly calls: number; readonly until: Date }>();
  return {
    note: (host: string, isSilent: boolean, now: Date): void => {
      if (!isSilent) silent.delete(host);
      else {
        const calls = (silent.get(host)?.calls ?? 0) + 1;
        silent.set(host, { calls, until: new Date(now.getTime() + silencePauseMs) });
      }
    },
    /** Until when a host is left alone; undefined when it may be called. */
    until: (host: string, now: Date): Date | undefined => {
      const { calls, until } = silent.get(host) ?? { calls: 0, until: now };
      return calls >= mostSilences && until > now ? until : undefined;
    },
  };
}
