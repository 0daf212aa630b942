import type { Happening, History } from './history.js';

/** What a lead was in, and had from us last, at any instant. */
export type Credit = {
  /** The stage that it was in; empty before the first. */
  readonly stageAt: (at: Date) => string;
  /** The sequence whose mail it last clicked or answered; else the one that mailed it last; empty where none did. */
  readonly sequenceAt: (at: Date) => string;
};

type Mark = { readonly at: Date; readonly of: string };

/** `happenings` stand in the order of time. */
export function creditOf({ happenings, mails }: Pick<History, 'happenings' | 'mails'>): Credit {
  const stages = happenings.flatMap(({ type, about, at }): readonly Mark[] =>
    type === 'stage.entered' && about !== undefined ? [{ at, of: about }] : [],
  );
  const sequenceOf = new Map(mails.map(({ id, sequence }) => [id, sequence]));
  const touches = happenings.filter(isTouch).flatMap(({ at, message, sequence }): readonly Mark[] => {
    const of = sequenceOf.get(message ?? '') ?? sequence;
    return of === undefined ? [] : [{ at, of }];
  });
  const sent = mails
    .map(({ at, sequence }): Mark => ({ at, of: sequence }))
    .toSorted((a, b) => a.at.getTime() - b.at.getTime() || (a.of < b.of ? -1 : 1));
  return {
    stageAt: (at) => lastBy(stages, at) ?? '',
    sequenceAt: (at) => lastBy(touches, at) ?? lastBy(sent, at) ?? '',
  };
}

/** What a person did with a mail that an open could not be: mail programs open by themselves. */
export function isTouch({ type, machine }: Pick<Happening, 'type' | 'machine'>): boolean {
  return !machine && (type === 'clicked' || type === 'replied');
}

function lastBy(marks: readonly Mark[], at: Date): string | undefined {
  return marks.findLast((mark) => mark.at <= at)?.of;
}
