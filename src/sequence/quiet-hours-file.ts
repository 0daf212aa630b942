import * as z from 'zod';
import { strict } from '../schema.js';
import { TimeOfDay, ZoneName } from './window-file.js';

/** When no lead wants to hear from us, in minutes after midnight; `to` before `from` is on the next day. */
export type QuietHours = { readonly from: number; readonly to: number; readonly timeZone: 'lead' | (string & {}) };

const wholeDay = 24 * 60;

export const QuietHoursFile = strict({
  between: z
    .tuple([TimeOfDay, TimeOfDay], { error: 'between must be two times of day\nWrite for example ["21:00", "07:00"].' })
    .meta({
      description: 'From which time of day up to which no mail goes; the second may be that of the next morning.',
      examples: [['21:00', '07:00']],
    }),
  timezone: ZoneName.optional().meta({
    description: 'Whose clock counts: "lead" for that of each lead, or an IANA name; "lead" unless said.',
    examples: ['lead', 'Europe/Paris'],
  }),
})
  .superRefine(({ between: [from, to] }, context) => {
    if (from % wholeDay !== to % wholeDay) return;
    const message =
      'quiet hours that end when they begin would never let a mail go\nWrite two times of day, for example ["21:00", "07:00"].';
    context.addIssue({ code: 'custom', path: ['between'], params: { code: 'impossible-window' }, message });
  })
  .transform(({ between: [from, to], timezone }): QuietHours => {
    return { from: from % wholeDay, to: to % wholeDay, timeZone: timezone ?? 'lead' };
  });
