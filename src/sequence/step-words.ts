import { durationInWords, waitInWords } from './duration.js';
import type { JsonPath } from './json-source.js';
import { untilInWords } from './moment-file.js';
import { isAddress, type PoolMail, type Program, type ProgramStep, type SplitWay, type StepId } from './program.js';
import { conditionInWords, shown, stepInWords, toldInWords, windowInWords } from './words.js';

/** What a step has that may change, each in words under its name; the first bears none, where one thing is the step. */
export type Facets = ReadonlyMap<string, string>;

/** The facets that a step has from the header of its file, and shares with the others. */
export const sharedFacets: readonly string[] = ['sender', 'reply address', 'send window', 'urgency', 'days off'];

const nouns: Readonly<Record<ProgramStep['kind'], string>> = {
  send: 'mail',
  notify: 'notice',
  webhook: 'webhook',
  wait: 'wait',
  'wait-until': 'wait',
  'wait-for': 'wait',
  branch: 'branch',
  choose: 'choice',
  split: 'split',
  goal: 'goal',
  score: 'score',
  tag: 'tag',
  untag: 'taking off of a tag',
  set: 'setting of fields',
  stage: 'move to a stage',
  enroll: 'start of another sequence',
  unenroll: 'end of another sequence',
  pick: 'pick',
  'hand-over': 'hand-over',
  exit: 'exit',
};

/** “paper”, the wait “pause”, the 2nd wait after “paper”: how a person would point at a step. */
export function stepName(step: ProgramStep, program: Program): string {
  if (!isAddress(step.id)) return step.kind === 'send' ? `“${step.id}”` : `the ${nouns[step.kind]} “${step.id}”`;
  const { anchor, between } = anchorOf(step, program);
  const nth = between.filter(({ kind }) => nouns[kind] === nouns[step.kind]).length + 1;
  return `the ${nth > 1 ? `${ordinal(nth)} ` : ''}${nouns[step.kind]} ${anchor ? `after “${anchor.id}”` : listName(step, program)}`;
}

/** after “paper”, at the beginning, in “then” of the branch after “paper”: where a step stands. */
export function placeInWords(step: ProgramStep, program: Program): string {
  const before = earlierIn(step, program).at(-1);
  return before ? `after ${stepName(before, program)}` : listName(step, program);
}

/** The nearest step with a name before this one in its list, and those between the two. */
function anchorOf(step: ProgramStep, program: Program) {
  const earlier = earlierIn(step, program);
  const at = earlier.findLastIndex(({ id }) => !isAddress(id));
  return { anchor: earlier[at], between: earlier.slice(at + 1) };
}

/** The steps before this one in its list. */
function earlierIn({ path }: ProgramStep, program: Program): readonly ProgramStep[] {
  const place = Number(path.at(-1));
  return [...program.steps.values()].filter(
    (other) =>
      other.path.length === path.length && isUnder(other.path, path.slice(0, -1)) && Number(other.path.at(-1)) < place,
  );
}

/** Where the list of a step is. */
function listName({ path }: ProgramStep, program: Program): string {
  const parent = [...program.steps.values()].findLast(
    (other) => other.path.length < path.length && isUnder(path, other.path),
  );
  if (path[0] === 'pools') return `in the pool “${path[1]}”`;
  if (!parent) return 'at the beginning';
  return `in ${wayName(path.slice(parent.path.length))} of ${stepName(parent, program)}`;
}

/** “then”, way 2, “otherwise”, way “a”. */
function wayName([key = '', way]: JsonPath): string {
  if (key === 'choose') return `way ${Number(way) + 1}`;
  return key === 'split' ? `way “${way}”` : `“${key}”`;
}

export function isUnder(path: JsonPath, above: JsonPath): boolean {
  return above.every((part, i) => path[i] === part);
}

function ordinal(nth: number): string {
  return `${nth}${['th', 'st', 'nd', 'rd'][nth > 3 ? 0 : nth]}`;
}

/** A step by itself: mail “hello” “Your board is ready” (welcome/hello), wait 3 days. */
export function stepSummary(step: ProgramStep): string {
  const onlyIf = step.if ? `, only if ${conditionInWords(step.if)}` : '';
  return `${taskInWords(step)}${onlyIf}`;
}

function taskInWords(step: ProgramStep): string {
  const name = isAddress(step.id) ? '' : ` “${step.id}”`;
  if (step.kind === 'send') return `mail${name}: “${step.subject}” (${step.template})`;
  if (step.kind === 'branch') return `branch${name}: if ${conditionInWords(step.on)}`;
  if (step.kind === 'enroll') return `start the sequence ${step.sequence}`;
  if (step.kind === 'unenroll') return `take out of the sequence ${step.sequence}`;
  if (step.kind === 'split') return `split${name}: ${step.ways.map(wayInWords).join(', ')}`;
  if (step.kind === 'choose') return `choice${name} of ${step.ways.length} ways`;
  return `${lowerFirst(stepInWords(step))}${name && ` (${name.trim()})`}`;
}

function wayInWords({ name, weight }: SplitWay): string {
  return `${name} ${weight}`;
}

function lowerFirst(words: string): string {
  return words.charAt(0).toLowerCase() + words.slice(1);
}

/** All that a step says, in words; its ways and what is in them are told by themselves. */
export function facetsOf(step: ProgramStep): Facets {
  const facets = Object.entries({ ...ownFacets(step), 'only-if condition': step.if && conditionInWords(step.if) });
  return new Map(facets.flatMap(([name, words]) => (words === undefined ? [] : [[name, words] as const])));
}

type Words = Readonly<Record<string, string | undefined>>;

function ownFacets(step: ProgramStep): Words {
  switch (step.kind) {
    case 'send':
      return {
        subject: `“${step.subject}”`,
        template: step.template,
        sender: step.from,
        'reply address': step.replyTo,
        'send window': step.window ? windowInWords(step.window) : 'at any time',
        urgency: step.urgent ? 'waits for no frequency cap and no quiet hours' : undefined,
      };
    case 'notify':
      return {
        '': toldInWords(step),
        subject: `“${step.subject}”`,
        template: step.template,
        sender: step.from,
        'reply address': step.answersTo && 'the lead',
      };
    case 'webhook':
      return webhookFacets(step);
    case 'wait': {
      const isBusiness = 'businessDays' in step.for && step.holidays.length > 0;
      return { '': waitInWords(step.for), 'days off': isBusiness ? step.holidays.join(', ') : undefined };
    }
    case 'wait-until': {
      const zone = step.timeZone === 'lead' ? '' : ` (${step.timeZone})`;
      return {
        '': `until ${untilInWords(step.until)}${zone}`,
        latecomers: step.missed === 'exit' ? 'leave' : undefined,
      };
    }
    case 'wait-for':
      return {
        aim: 'event' in step.for ? `“${step.for.event}”` : conditionInWords(step.for.condition),
        limit: durationInWords(step.upTo),
      };
    case 'branch':
      return { condition: conditionInWords(step.on) };
    case 'split':
      return { ...weightsOf(step.ways), winner: winnerInWords(step) };
    case 'goal':
      return { condition: conditionInWords(step.on), 'arrivals without it': arrivals[step.arrival] };
    case 'score':
      return { '': pointsInWords(step.points), reason: `“${step.why}”` };
    case 'tag':
    case 'untag':
      return { '': step.tags.join(', ') };
    case 'set':
      return Object.fromEntries(Object.entries(step.fields).map(([name, value]) => [name, shown(value)]));
    case 'stage':
      return { '': step.stage };
    case 'enroll':
    case 'unenroll':
      return { '': step.sequence };
    case 'pick':
      return { 'time without any mail before': step.quiet && durationInWords(step.quiet) };
    case 'hand-over':
      return { among: step.owners?.join(', '), reason: step.why && `“${step.why}”` };
    case 'exit':
      return { '': `“${step.because}”` };
    case 'choose':
      return {};
  }
}

const arrivals = { 'go on': 'go on', wait: 'wait for it', exit: 'leave' } as const;

/** "1 point", "-40 points" */
export function pointsInWords(points: number): string {
  return `${points} ${points === 1 ? 'point' : 'points'}`;
}

/** Addresses of webhooks may hold secrets; their host does not. */
function webhookFacets({ url, body, upTo }: Extract<ProgramStep, { kind: 'webhook' }>): Words {
  const fields = Object.entries(body).map(([name, value]) => [`“${name}” in the body`, shown(value)] as const);
  return { '': new URL(url).host, limit: durationInWords(upTo), ...Object.fromEntries(fields) };
}

function weightsOf(ways: readonly SplitWay[]): Words {
  return Object.fromEntries(ways.map(({ name, weight }) => [`weight of “${name}”`, String(weight)]));
}

function winnerInWords({ winner }: Extract<ProgramStep, { kind: 'split' }>): string | undefined {
  if (!winner) return undefined;
  const { by, after, deadline, tie } = winner;
  const late = deadline ? ` or ${durationInWords(deadline)}` : '';
  return `by ${by} after ${after} leads${late}, ${tie === undefined ? 'splitting on' : `“${tie}”`} when equal`;
}

/** What a pool says of a mail beyond the mail itself. */
export function poolFacets({ stages, interests, if: condition }: PoolMail): Words {
  return {
    'only in the stages': stages.length > 0 ? stages.join(', ') : undefined,
    interests: interests.length > 0 ? interests.join(', ') : undefined,
    'only-if condition': condition && conditionInWords(condition),
  };
}

/** The mail of a pool by the step that it is sent as. */
export function pooled(id: StepId, { steps }: Program): PoolMail | undefined {
  for (const step of steps.values()) {
    const found = step.kind === 'pick' ? step.pool.find((mail) => mail.step === id) : undefined;
    if (found) return found;
  }
  return undefined;
}
