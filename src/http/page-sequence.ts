import type { JsonPath } from '../sequence/json-source.js';
import type { Program, ProgramStep, SendProgramStep, StepId } from '../sequence/program.js';
import type { StepCounts } from '../store/messages.js';
import { type Html, html } from './html.js';
import { facts, number, operatorPage, sequenceLink, share, type Titles } from './page-shell.js';
import { conditionInWords, entryInWords, exitInWords, stepInWords, windowInWords } from '../sequence/words.js';

export type SequencePage = {
  readonly program: Program;
  readonly active: number;
  readonly counts: readonly StepCounts[];
  readonly titles: Titles;
};

/** A sequence as a reader would tell it, with what became of each mail. */
export function sequencePage(page: SequencePage): string {
  const { program, active } = page;
  return operatorPage(
    program.title,
    undefined,
    html`${facts([
      ['Leads in it now', number(active)],
      ['Leads enter', entryInWords(program)],
      ['Left early by', exitInWords(program)],
      ['Stage', program.stage],
      ['Topic', program.topic],
      ['File', html`<code>sequences/${program.name}.json</code>, revision <code>${program.revision}</code>`],
    ])}
<section><h2>Steps</h2><div class="steps">${stepsUnder(['steps'], page)}</div>
<p class="quiet">Opened, clicked and replied are what people did; machines are not counted. An open is a hint, not proof: mail programs load pictures by themselves or not at all.</p></section>`,
  );
}

/** The steps of one list of the file, in reading order. */
function stepsUnder(list: JsonPath, page: SequencePage): Html | undefined {
  const own = [...page.program.steps.values()].filter(
    ({ path }) => path.length === list.length + 1 && list.every((part, i) => path[i] === part),
  );
  return own.length > 0
    ? html`<ol>${own.map((step) => html`<li class="${step.kind}">${stepView(step, page)}</li>`)}</ol>`
    : undefined;
}

function stepView(step: ProgramStep, page: SequencePage): Html {
  const onlyIf = step.if && html`<span class="under">only if ${conditionInWords(step.if)}</span>`;
  if (step.kind === 'send') return mailView(step, onlyIf, page);
  if (step.kind === 'branch') return branchView(step, page);
  if (step.kind === 'enroll' || step.kind === 'unenroll') {
    const does = step.kind === 'enroll' ? 'Start' : 'Leave';
    return html`<p>${does} the sequence ${sequenceLink(step.sequence, page.titles)}${onlyIf}</p>`;
  }
  const ways = waysOf(step).map(({ name, list, mails = [] }) => {
    const own = mails.length > 0 ? mailsNamed(mails, page) : stepsUnder(list, page);
    return own && html`${name && html`<p>${name}</p>`}${own}`;
  });
  return html`<p>${stepInWords(step)}${onlyIf}</p>${ways}`;
}

/** A way that a step may lead: a list of steps in the file, or mails that stand for one. */
type WayView = { readonly name: string; readonly list: JsonPath; readonly mails?: readonly StepId[] };

function waysOf(step: ProgramStep): readonly WayView[] {
  const { path } = step;
  if (step.kind === 'wait-for')
    return [
      { name: 'When it comes:', list: [...path, 'then'] },
      { name: 'Otherwise:', list: [...path, 'else'] },
    ];
  if (step.kind === 'choose') {
    const ways = step.ways.map((way, i) => {
      return { name: `If ${conditionInWords(way.if)}:`, list: [...path, 'choose', i, 'then'] };
    });
    return [...ways, { name: 'Otherwise:', list: [...path, 'otherwise'] }];
  }
  if (step.kind === 'split')
    return step.ways.map(({ name, weight, to }) => {
      const isMail = to === `${step.id}.${name}`;
      const list = [...path, 'split', name, 'steps'];
      return { name: `${name}, weight ${weight}:`, list, ...(isMail ? { mails: [to] } : {}) };
    });
  return step.kind === 'pick' ? [{ name: '', list: path, mails: step.pool.map((mail) => mail.step) }] : [];
}

function mailsNamed(ids: readonly StepId[], page: SequencePage): Html {
  const mails = ids.flatMap((id) => {
    const step = page.program.steps.get(id);
    return step?.kind === 'send' ? [html`<li class="send">${mailView(step, undefined, page)}</li>`] : [];
  });
  return html`<ol>${mails}</ol>`;
}

function branchView({ on, path }: Extract<ProgramStep, { kind: 'branch' }>, page: SequencePage): Html {
  const otherwise = stepsUnder([...path, 'else'], page);
  return html`<p>If ${conditionInWords(on)}:</p>${stepsUnder([...path, 'then'], page)}${otherwise && html`<p>Otherwise:</p>${otherwise}`}`;
}

function mailView(step: SendProgramStep, onlyIf: Html | undefined, { program, counts }: SequencePage): Html {
  const own = counts.find((one) => one.sequence === program.name && one.step === step.id);
  return html`<p><span class="chip">Mail</span> <strong>${step.subject}</strong>${onlyIf}
<span class="under"><code>${step.id}</code> · template <code>${step.template}</code> · ${step.window ? windowInWords(step.window) : 'at any time'}</span></p>
${own ? numbersOf(own) : html`<p class="quiet">Not sent yet.</p>`}`;
}

function numbersOf(counts: StepCounts): Html {
  const { sent, opened, clicked, replied, bounced, unsubscribed, machineOpens, machineClicks } = counts;
  const machines = html`<p class="quiet">Machines opened ${number(machineOpens)} and clicked in ${number(machineClicks)}.</p>`;
  const part = (name: string, count: number): Html =>
    html`<div><dt>${name}</dt><dd>${number(count)} <small>${count > 0 && share(count, sent)}</small></dd></div>`;
  return html`<dl class="numbers"><div><dt>Sent</dt><dd>${number(sent)}</dd></div>${part('Opened', opened)}${part('Clicked', clicked)}${part('Replied', replied)}${part('Bounced', bounced)}${part('Unsubscribed', unsubscribed)}</dl>${machineOpens + machineClicks > 0 && machines}`;
}
