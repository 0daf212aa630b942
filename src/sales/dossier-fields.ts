import type { AddressKind } from '../message/address-kind.js';
import type { SalesAnswer } from '../sequence/sales-file.js';
import type { Deed } from './activity.js';
import type { Dossier } from './dossier.js';

type Fields = Readonly<Record<string, string | number>>;

/** What `{{dossier.<field>}}` says: texts, lists a line each. `sequence/dossier-names.ts` lists them for checking. */
export function dossierFields(dossier: Dossier, { timeZone, titles }: Words): Fields {
  const { name, address, addressKind, localTime, score, nextStep, mail, call, stage, owner, why } = dossier;
  return {
    name,
    address: `${address} (${kindTexts[addressKind]})`,
    localTime,
    ...(dossier.country === undefined ? {} : { country: dossier.country }),
    score: Math.round(score.total),
    engagement: Math.round(score.engagement),
    fit: Math.round(score.fit),
    scoreInWords: `${counted(score.engagement)} for what they did, ${counted(score.fit)} for who they are`,
    grid: score.grid,
    gridInWords: gridInWords(score.grid),
    points: dossier.points
      .map(({ points, why: reason }) => `${signed(points).padStart(3, figureSpace)}  ${reason}`)
      .join('\n'),
    activity: dossier.deeds.map((deed) => deedLine(deed, timeZone)).join('\n'),
    series: dossier.series.join('\n'),
    ...(stage === undefined ? {} : { stage }),
    mail,
    call,
    nextStep: nextStep.what,
    nextStepBecause: nextStep.because,
    ...(owner ? { owner: owner.email, ownerName: owner.name } : {}),
    ...(why === undefined ? {} : { why }),
    answers: dossier.answers.join('\n'),
    contacted: titles.contacted,
    notReachable: titles['not-reachable'],
    stillInterested: titles['still-interested'],
    notInterested: titles['not-interested'],
    won: titles.won,
    lost: titles.lost,
  };
}

type Words = { readonly timeZone: string; readonly titles: Readonly<Record<SalesAnswer, string>> };

const kindTexts: Readonly<Record<AddressKind, string>> = {
  company: 'their company’s',
  free: 'a free mailbox',
  role: 'read by several people',
  disposable: 'a throw-away mailbox',
};

function counted(points: number): string {
  const whole = Math.round(points);
  return `${whole} ${Math.abs(whole) === 1 ? 'point' : 'points'}`;
}

/** As wide as a digit, so that the points stand below each other in most letters. */
const figureSpace = '\u2007';

/** With a minus of the width of a plus. */
function signed(points: number): string {
  return points < 0 ? `−${-points}` : `+${points}`;
}

const fitTexts: Readonly<Record<string, string>> = {
  A: 'fits best',
  B: 'fits well',
  C: 'fits a little',
  D: 'hardly fits',
};
const engagementTexts: Readonly<Record<string, string>> = {
  1: 'and is very active',
  2: 'and is active',
  3: 'and looks in now and then',
  4: 'and has done little so far',
};

function gridInWords([fit = 'D', engagement = '4']: string): string {
  return `${fitTexts[fit]} ${engagementTexts[engagement]}`;
}

function deedLine({ at, what, times }: Deed, timeZone: string): string {
  const parts = { weekday: 'short', day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' } as const;
  const when = new Intl.DateTimeFormat('en-GB', { ...parts, timeZone }).format(at);
  return `${when}  ${what}${times > 1 ? ` (${times} times)` : ''}`;
}
