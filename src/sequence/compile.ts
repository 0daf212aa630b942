import { didYouMean, quoted } from '../diagnostic.js';
import { type Condition, mapCondition } from './condition-file.js';
import type { Duration } from './duration.js';
import { exitsUnlessSaid } from './exit-on-reply.js';
import type { JsonPath } from './json-source.js';
import type { PoolMail, Program, ProgramStep, SplitWay, StepId, Target, WinnerRule } from './program.js';
import { groupedIn, revisionOf } from './program.js';
import type { SequenceFile } from './sequence-file.js';
import type { Branch, Choose, SentMail, Split, Step, WaitFor, Way } from './step-file.js';

/** What a whole file shows to be wrong, that no single key could. */
export type CompileFault = {
  readonly path: JsonPath;
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  /** The other place that it is about. */
  readonly other?: JsonPath;
};

export type Compiled = { readonly program: Program; readonly faults: readonly CompileFault[] };

/** Where a step stands, and what all steps have. */
type Base = { readonly id: StepId; readonly path: JsonPath; readonly next: Target; readonly if?: Condition };

/** A list of steps inside a step. */
type Inner = { readonly steps: readonly Step[]; readonly path: JsonPath; readonly address: string };

/** A compiled step with the lists inside it, and the mails it stands for together. */
type Laid = {
  readonly step: ProgramStep;
  readonly inner?: readonly Inner[];
  readonly mails?: readonly ProgramStep[];
  readonly faults?: readonly CompileFault[];
};

/** Flattens a checked file. Anonymous steps are named by their place ("4.then.1"), mails by their template. */
export function compile(name: string, file: SequenceFile, revision: string): Compiled {
  const steps = new Map<StepId, ProgramStep>();
  const faults: CompileFault[] = [];

  const place = (step: ProgramStep): void => {
    const first = steps.get(step.id);
    if (first) faults.push(twice(step, first));
    else steps.set(step.id, step);
  };
  const flatten = ({ steps: list, path, address }: Inner, after: Target): void => {
    const ids = list.map((step, i) => idOf(step, `${address}${i + 1}`));
    for (const [i, step] of list.entries()) {
      const base = { id: ids[i] ?? '', path: [...path, i], next: ids[i + 1] ?? after, ...onlyIf(step) };
      const {
        step: laid,
        inner = [],
        mails = [],
        faults: own = [],
      } = lay(step, base, `${address}${i + 1}`, name, file);
      // Before its inner steps, so that all steps stand in reading order.
      place(laid);
      for (const one of mails) place(one);
      for (const one of inner) flatten(one, base.next);
      faults.push(...own, ...placeFaults(step, base, file));
    }
  };

  flatten({ steps: file.steps, path: ['steps'], address: '' }, null);
  const filled = withWayMails(steps);
  const flat = [...filled.values()];
  const program = {
    name,
    revision,
    ...header(file, exitsUnlessSaid(flat)),
    mailsLead: flat.some(({ kind }) => kind === 'send'),
    start: firstOf(file.steps, ''),
    steps: filled,
  };
  return { program: withGroups(program), faults: [...faults, ...flat.flatMap(unjudged)] };
}

/** Tells each way of a split which mails are in it, now that all steps have their ids. */
function withWayMails(steps: ReadonlyMap<StepId, ProgramStep>): ReadonlyMap<StepId, ProgramStep> {
  const mailsUnder = (path: JsonPath): readonly StepId[] => {
    const inside = [...steps.values()].filter((step) => path.every((key, i) => step.path[i] === key));
    return [
      ...new Set(
        inside.flatMap((step) =>
          step.kind === 'send' ? step.id : step.kind === 'pick' ? step.pool.map((mail) => mail.step) : [],
        ),
      ),
    ];
  };
  const filled = [...steps].map(([id, step]): [StepId, ProgramStep] => {
    if (step.kind !== 'split') return [id, step];
    const ways = step.ways.map((way) => ({ ...way, mails: mailsUnder([...step.path, 'split', way.name]) }));
    return [id, { ...step, ways }];
  });
  return new Map(filled);
}

function twice({ id, path }: ProgramStep, { path: other }: ProgramStep): CompileFault {
  const hint = 'Give one of them another "id".';
  return { path, code: 'duplicate-step', message: `two steps are called "${id}"`, hint, other };
}

/** A way of a split that could never win, as nothing in it can be opened, clicked or replied to. */
function unjudged(step: ProgramStep): readonly CompileFault[] {
  const by = step.kind === 'split' ? step.winner?.by : undefined;
  if (step.kind !== 'split' || by === undefined || !['clicked', 'opened', 'replied'].includes(by)) return [];
  const hint = 'Send one in it, or judge the ways by an event, for example { "by": "converted" }.';
  return step.ways
    .filter(({ mails }) => mails.length === 0)
    .map(({ name }) => {
      const message = `no mail of the way ${quoted(name)} can be ${by === 'replied' ? 'replied to' : by}`;
      return { path: [...step.path, 'split', name], code: 'way-without-mail', message, hint };
    });
}

function firstOf(list: readonly Step[], address: string): Target {
  return list[0] ? idOf(list[0], `${address}1`) : null;
}

function idOf(step: Step, address: string): StepId {
  if (step.id) return step.id;
  return 'send' in step ? lastPart(step.send) : address;
}

function lastPart(template: string): string {
  return template.split('/').at(-1) ?? template;
}

/** The `if` of a step that has another task; the `if` of a branch is its task. */
function onlyIf(step: Step): { readonly if?: Condition } {
  return 'if' in step && step.if && !isBranch(step) ? { if: step.if } : {};
}

function isBranch(step: Step): step is Branch {
  return 'if' in step && 'then' in step && !('waitFor' in step);
}

/** What is wrong with where a step stands, or with how it is named. */
function placeFaults(step: Step, { path }: Base, { inFlight }: SequenceFile): readonly CompileFault[] {
  const faults: CompileFault[] = [];
  if ('goal' in step && path.length > 2) {
    const hint = 'Move it to the outermost list of steps.';
    faults.push({
      path,
      code: 'goal-inside',
      message: 'a goal inside another step cannot be reached from outside it',
      hint,
    });
  }
  if (inFlight === 'migrate' && !step.id && mayHold(step)) {
    const hint = 'Give it an "id".';
    const message = 'leads may stand at this step when the file is edited, and only an id lets them be found again';
    faults.push({ path, code: 'step-needs-id', message, hint });
  }
  return faults;
}

/** Whether a lead may stand at a step for a while. Mails have their names; those of a split have its name before their own. */
function mayHold(step: Step): boolean {
  if ('split' in step) return Object.values(step.split).some((way) => 'send' in way);
  return ['wait', 'waitFor', 'webhook', 'notify', 'goal', 'pick', 'handOver'].some((kind) => kind in step);
}

/** `exits`: what ends a run where the file names no event. */
function header(
  file: SequenceFile,
  exits: readonly string[],
): Omit<Program, 'name' | 'revision' | 'mailsLead' | 'start' | 'steps'> {
  const { enroll, schedule, audience, exit, goal } = file;
  const on = enroll?.on ?? [];
  return {
    title: file.name,
    ...(file.stage ? { stage: file.stage } : {}),
    ...(file.topic ? { topic: file.topic } : {}),
    ...(file.purpose ? { purpose: file.purpose } : {}),
    enroll: {
      on: on.filter((trigger) => typeof trigger === 'string'),
      dates: on.filter((trigger) => typeof trigger !== 'string'),
      // A newsletter comes again by its nature.
      again: enroll?.again ?? { kind: schedule ? 'always' : 'never' },
      ...(enroll?.if ? { if: enroll.if } : {}),
    },
    ...(schedule
      ? { broadcast: { schedule, timeZone: file.timezone ?? 'UTC', ...(audience ? { audience } : {}) } }
      : {}),
    exit: {
      on: exit?.on ?? exits,
      onStageChange: exit?.onStageChange ?? false,
      ...(exit?.if ? { if: exit.if } : {}),
    },
    ...(goal ? { goal } : {}),
    inFlight: file.inFlight ?? 'pin',
    priority: file.priority ?? 0,
  };
}

function lay(step: Step, base: Base, address: string, sequence: string, file: SequenceFile): Laid {
  if ('send' in step) return { step: sendStep(step, base, file) };
  if ('wait' in step) return { step: waitStep(step, base, file) };
  if ('waitFor' in step) return layWaitFor(step, base, address);
  if ('choose' in step) return layChoose(step, base, address);
  if ('split' in step) return laySplit(step, base, address, sequence, file);
  if ('pick' in step) return layPick(step, base, file);
  if (isBranch(step)) return layBranch(step, base, address);
  return { step: plainStep(step, base, file) };
}

function layWaitFor(step: WaitFor, base: Base, address: string): Laid {
  const ways = thenElse(step.then ?? [], step.else ?? [], base, address);
  const awaited = typeof step.waitFor === 'string' ? { event: step.waitFor } : { condition: step.waitFor };
  return { step: { ...base, kind: 'wait-for', for: awaited, upTo: step.upTo, ...ways.to }, inner: ways.inner };
}

function layBranch(step: Branch, base: Base, address: string): Laid {
  const ways = thenElse(step.then, step.else ?? [], base, address);
  return { step: { ...base, kind: 'branch', on: step.if, ...ways.to }, inner: ways.inner };
}

function thenElse(then: readonly Step[], otherwise: readonly Step[], base: Base, address: string) {
  const lists = [
    { steps: then, path: [...base.path, 'then'], address: `${address}.then.` },
    { steps: otherwise, path: [...base.path, 'else'], address: `${address}.else.` },
  ];
  return {
    to: {
      then: firstOf(then, `${address}.then.`) ?? base.next,
      else: firstOf(otherwise, `${address}.else.`) ?? base.next,
    },
    inner: lists,
  };
}

function layChoose(step: Choose, base: Base, address: string): Laid {
  const inner: readonly Inner[] = [
    ...step.choose.map(({ then }, i) => {
      return { steps: then, path: [...base.path, 'choose', i, 'then'], address: `${address}.choose.${i + 1}.` };
    }),
    { steps: step.otherwise ?? [], path: [...base.path, 'otherwise'], address: `${address}.otherwise.` },
  ];
  const starts = inner.map(({ steps, address: own }) => firstOf(steps, own) ?? base.next);
  const ways = step.choose.map((way, i) => ({ if: way.if, to: starts[i] ?? base.next }));
  return { step: { ...base, kind: 'choose', ways, otherwise: starts.at(-1) ?? base.next }, inner };
}

function laySplit({ split, winner }: Split, base: Base, address: string, sequence: string, file: SequenceFile): Laid {
  const mails: ProgramStep[] = [];
  const inner: Inner[] = [];
  const ways = Object.entries(split).map(([name, way]): SplitWay => {
    const weight = way.weight ?? 1;
    if ('send' in way) {
      const id = `${base.id}.${name}`;
      mails.push(sendStep(way, { id, path: [...base.path, 'split', name], next: base.next }, file));
      return { name, weight, to: id, mails: [] };
    }
    const list = { steps: way.steps, path: [...base.path, 'split', name, 'steps'], address: `${address}.${name}.` };
    inner.push(list);
    return { name, weight, to: firstOf(way.steps, list.address), mails: [] };
  });
  const unweighed = Object.entries(split).map(([name, way]) => [name, unweighted(way)] as const);
  const key = revisionOf(`${sequence}/${base.id}`, Object.fromEntries(unweighed));
  return {
    step: { ...base, kind: 'split', key, ways, ...(winner ? { winner: winnerRule(winner, ways) } : {}) },
    inner,
    mails,
    faults: winner ? tieFaults(winner, ways, base) : [],
  };
}

/** How many take a way changes nothing of what is compared. */
function unweighted(way: Way): unknown {
  return Object.fromEntries(Object.entries(way).filter(([key]) => key !== 'weight'));
}

type WinnerFile = NonNullable<Split['winner']>;
const keepSplitting = 'keep splitting';

function winnerRule({ by, after, deadline, tie }: WinnerFile, [first]: readonly SplitWay[]): WinnerRule {
  const wins = tie ?? first?.name;
  return {
    by,
    after,
    ...(deadline ? { deadline } : {}),
    ...(wins !== undefined && wins !== keepSplitting ? { tie: wins } : {}),
  };
}

function tieFaults({ tie }: WinnerFile, ways: readonly SplitWay[], { path }: Base): readonly CompileFault[] {
  if (tie === undefined || tie === keepSplitting || ways.some(({ name }) => name === tie)) return [];
  const hint = didYouMean(tie, [...ways.map(({ name }) => name), keepSplitting]);
  return [{ path: [...path, 'winner', 'tie'], code: 'unknown-way', message: `no way is called ${quoted(tie)}`, hint }];
}

function layPick(step: Extract<Step, { pick: unknown }>, base: Base, file: SequenceFile): Laid {
  const items = typeof step.pick === 'string' ? file.pools?.[step.pick] : step.pick;
  const where = typeof step.pick === 'string' ? ['pools', step.pick] : [...base.path, 'pick'];
  const mails = (items ?? []).map((item, i) => {
    const id = `${base.id}.${item.id ?? lastPart(item.send)}`;
    return sendStep(item, { id, path: [...where, i], next: base.next }, file);
  });
  const pool = (items ?? []).map((item, i): PoolMail => {
    return {
      step: mails[i]?.id ?? '',
      template: item.send,
      stages: item.stages ?? [],
      interests: item.interests ?? [],
      ...(item.if ? { if: item.if } : {}),
    };
  });
  return {
    step: { ...base, kind: 'pick', pool, ...(step.quiet ? { quiet: step.quiet } : {}) },
    mails,
    faults: typeof step.pick === 'string' && !items ? [unknownPool(step.pick, base, file)] : [],
  };
}

function unknownPool(pool: string, { path }: Base, { pools = {} }: SequenceFile): CompileFault {
  const known = Object.keys(pools);
  const hint = known.length > 0 ? didYouMean(pool, known) : 'Add it to "pools".';
  return { path: [...path, 'pick'], code: 'unknown-pool', message: `there is no pool ${quoted(pool)}`, hint };
}

function plainStep(step: Step, base: Base, file: SequenceFile): ProgramStep {
  if ('goal' in step) return { ...base, kind: 'goal', on: step.goal, arrival: step.else ?? 'go on' };
  if ('score' in step) return { ...base, kind: 'score', points: step.score, why: step.why };
  if ('tag' in step) return { ...base, kind: 'tag', tags: step.tag };
  if ('untag' in step) return { ...base, kind: 'untag', tags: step.untag };
  if ('set' in step) {
    const fields = Object.entries(step.set).map(([key, value]) => [key.slice('lead.'.length), value] as const);
    return { ...base, kind: 'set', fields: Object.fromEntries(fields) };
  }
  if ('stage' in step) return { ...base, kind: 'stage', stage: step.stage };
  if ('enroll' in step) return { ...base, kind: 'enroll', sequence: step.enroll };
  if ('unenroll' in step) return { ...base, kind: 'unenroll', sequence: step.unenroll };
  if ('notify' in step) return notifyStep(step, base, file);
  if ('webhook' in step) {
    const { url, body = {}, upTo = patience } = step.webhook;
    return { ...base, kind: 'webhook', url, body, upTo };
  }
  if ('handOver' in step) {
    const { owners, why } = step.handOver;
    return { ...base, kind: 'hand-over', ...(owners ? { owners } : {}), ...(why ? { why } : {}) };
  }
  if ('exit' in step) return { ...base, kind: 'exit', because: step.exit };
  throw new Error(`step ${base.id} is of no known kind`);
}

/** How long a webhook is tried again, unless its step says. */
const patience: Duration = { amount: 6, unit: 'hours' };

function sendStep({ send, subject, ...own }: SentMail, base: Base, file: SequenceFile): ProgramStep {
  const window = own.window === 'any time' ? undefined : (own.window ?? file.send?.window);
  const from = own.from ?? file.send?.from;
  const replyTo = own.replyTo ?? file.send?.replyTo;
  const urgent = own.urgent ?? file.send?.urgent;
  return {
    ...base,
    kind: 'send',
    template: send,
    subject,
    ...(from ? { from } : {}),
    ...(replyTo ? { replyTo } : {}),
    ...(window ? { window } : {}),
    ...(urgent ? { urgent } : {}),
    ...(own.asset ? { asset: own.asset } : {}),
  };
}

function notifyStep({ notify }: Extract<Step, { notify: unknown }>, base: Base, file: SequenceFile): ProgramStep {
  const from = notify.from ?? file.send?.from;
  const { email } = notify;
  return {
    ...base,
    kind: 'notify',
    ...toldOf(email),
    ...(notify.replyTo ? { answersTo: notify.replyTo } : {}),
    template: notify.template,
    subject: notify.subject ?? 'A lead for you: {{lead.email}}',
    ...(from ? { from } : {}),
  };
}

function toldOf(email: Extract<Step, { notify: unknown }>['notify']['email']) {
  if (email === 'lead') return { email: 'the lead', asksConsent: true } as const;
  return typeof email === 'string' ? { email } : { email: email.else, owner: email.field };
}

function waitStep({ wait }: Extract<Step, { wait: unknown }>, base: Base, file: SequenceFile): ProgramStep {
  if ('until' in wait)
    return {
      ...base,
      kind: 'wait-until',
      until: wait.until,
      timeZone: wait.timezone ?? 'lead',
      missed: wait.missed ?? 'go on',
    };
  return { ...base, kind: 'wait', for: wait, holidays: file.send?.window?.holidays ?? [] };
}

/** The program with every question about a split or a pick turned into one about its mails. */
function withGroups(program: Program): Program {
  const groups = new Map([...program.steps].map(([id, step]) => [id, groupedIn(step)]));
  if ([...groups.values()].every((mails) => mails.length === 0)) return program;
  const asked = (condition: Condition): Condition =>
    mapCondition(condition, (part) => {
      const mails = part.kind === 'mail' ? (groups.get(part.step) ?? []) : [];
      return part.kind === 'mail' && mails.length > 0
        ? { kind: 'any', of: mails.map((step) => ({ ...part, step })) }
        : part;
    });
  const { exit, goal } = program;
  return {
    ...program,
    exit: { ...exit, ...(exit.if ? { if: asked(exit.if) } : {}) },
    ...(goal ? { goal: asked(goal) } : {}),
    steps: new Map([...program.steps].map(([id, step]) => [id, withConditions(step, asked)])),
  };
}

function withConditions(step: ProgramStep, change: (condition: Condition) => Condition): ProgramStep {
  const changed = step.if ? { ...step, if: change(step.if) } : step;
  if (changed.kind === 'branch' || changed.kind === 'goal') return { ...changed, on: change(changed.on) };
  if (changed.kind === 'choose')
    return { ...changed, ways: changed.ways.map((way) => ({ ...way, if: change(way.if) })) };
  if (changed.kind === 'pick')
    return { ...changed, pool: changed.pool.map((mail) => (mail.if ? { ...mail, if: change(mail.if) } : mail)) };
  return changed.kind === 'wait-for' && 'condition' in changed.for
    ? { ...changed, for: { condition: change(changed.for.condition) } }
    : changed;
}
