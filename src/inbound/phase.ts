import { anyOf } from './any-of.js';

/** How far the conversation with the server had come when it said no. */
export type Phase = 'connect' | 'helo' | 'mail' | 'rcpt' | 'data' | 'dot';

/** How programs tell it. Where several are told, the last is the one that failed. */
const phases: readonly (readonly [Phase, RegExp])[] = [
  ['connect', /after initial connection|\(conversation with|while receiving the initial server greeting/gi],
  [
    'helo',
    anyOf('gi')`
      in reply to (?:ehlo|helo) command|after (?:ehlo|helo)\b|>>> (?:ehlo|helo)\b|did not like our (?:ehlo|helo)
      my name was rejected|\(state 13\)
    `,
  ],
  [
    'mail',
    anyOf('gi')`
      in reply to mail from command|after mail from|>>> mail\b|did not like our mail from|sender was rejected
      \[mail_from\]|following mail (?:from )?command|in reply to the mail from
    `,
  ],
  [
    'rcpt',
    anyOf('gi')`
      in reply to rcpt to command|after rcpt to|after rcpt command|>>> rcpt\b|did not like our rcpt to
      does not like recipient|\[rcpt_to\]|following rcpt (?:to )?command|\(state 14\)|all recipients were rejected
    `,
  ],
  ['data', /in reply to data command|after data\b|>>> data\b|did not like our data|\(state 1[57]\)/gi],
  [
    'dot',
    anyOf('gi')`
      in reply to end of data command|after end of data|after pipelined end of data|failed after i sent the message
      for text command|did not like our eom|\(state 18\)
    `,
  ],
];

/** When the server said no; undefined where the report does not tell. */
export function phaseIn(report: string): Phase | undefined {
  const text = report.slice(0, 8000);
  const found = phases.flatMap(([phase, told]) => [...text.matchAll(told)].map(({ index }) => ({ phase, index })));
  return found.toSorted((one, other) => one.index - other.index).at(-1)?.phase;
}

/** Whether no reader had been named yet, so that it was about us. */
export function isBeforeReader(phase: Phase | undefined): boolean {
  return phase === 'connect' || phase === 'helo' || phase === 'mail';
}
