import { quoted } from '../diagnostic.js';
import type { JsonPath } from '../sequence/json-source.js';
import { type Finding, type Linted, placeIn } from './finding.js';
import type { Outlook } from './outlook.js';
import type { Program, ProgramStep, SplitWay, StepOfKind } from '../sequence/program.js';

type Hope = { readonly path: JsonPath; readonly what: string; readonly outlook: Outlook | undefined };

/** Goals, exits, triggers, waits and winners that nothing could ever bring about. */
export function findVainGoals(linted: Linted): readonly Finding[] {
  return [...linted.project.programs.values()].flatMap((program) =>
    hopesOf(program, linted).flatMap(({ path, what, outlook }): readonly Finding[] =>
      outlook?.will === 'never'
        ? [
            {
              rule: 'goal-cannot-fire',
              place: placeIn(program, path),
              message: `${what}: ${outlook.because}`,
              hint: outlook.hint,
            },
          ]
        : [],
    ),
  );
}

function hopesOf(program: Program, linted: Linted): readonly Hope[] {
  const { of, ofTrigger } = linted.outlooks;
  const { goal, exit, enroll, steps } = program;
  const triggers = (at: JsonPath, on: readonly string[], what: string): readonly Hope[] =>
    on.map((trigger, i) => ({ path: [...at, i], what, outlook: ofTrigger(trigger) }));
  return [
    ...(goal ? [{ path: ['goal'], what: 'nobody can reach this goal', outlook: of(goal, program) }] : []),
    ...(exit.if ? [{ path: ['exit', 'if'], what: 'nobody can leave by this', outlook: of(exit.if, program) }] : []),
    ...triggers(['exit', 'on'], exit.on, 'this can never end a run'),
    ...triggers(['enroll', 'on'], enroll.on, 'this can never bring anybody in'),
    ...[...steps.values()].flatMap((step) => hopesOfStep(step, program, linted)),
  ];
}

function hopesOfStep(step: ProgramStep, program: Program, linted: Linted): readonly Hope[] {
  const { of, ofTrigger } = linted.outlooks;
  if (step.kind === 'goal')
    return [{ path: [...step.path, 'goal'], what: 'nobody can reach this goal', outlook: of(step.on, program) }];
  if (step.kind === 'split') return hopesOfWinner(step, program, linted);
  if (step.kind !== 'wait-for') return [];
  const outlook = 'event' in step.for ? ofTrigger(step.for.event) : of(step.for.condition, program);
  return [{ path: [...step.path, 'waitFor'], what: 'this is waited for in vain', outlook }];
}

/** A way without a mail that could be opened, clicked or answered would always lose, whatever it is worth. */
function hopesOfWinner(step: StepOfKind<'split'>, program: Program, linted: Linted): readonly Hope[] {
  const by = step.winner?.by;
  if (by === undefined || !['clicked', 'opened', 'replied'].includes(by)) return [];
  const losing = step.ways.filter((way) => !canWin(way, by, program, linted));
  if (losing.length === 0) return [];
  const path = [...step.path, 'winner', 'by'];
  const names = losing.map(({ name }) => quoted(name)).join(' and ');
  const needs = by === 'clicked' ? 'a mail with a link' : 'a mail';
  const because = `the way${losing.length === 1 ? '' : 's'} ${names} ha${losing.length === 1 ? 's' : 've'} not ${needs} that counts`;
  const hint = 'Name an event that any way can bring about, for example "converted".';
  return [
    {
      path,
      what: losing.length === step.ways.length ? 'no way can win' : 'not every way can win',
      outlook: { will: 'never', because, hint },
    },
  ];
}

function canWin({ mails }: SplitWay, by: string, { steps }: Program, { project }: Linted): boolean {
  return mails.some((id) => {
    const mail = steps.get(id);
    const template = mail?.kind === 'send' ? project.templates.get(mail.template) : undefined;
    return by !== 'clicked' || (template?.links.length ?? 0) > 0;
  });
}
