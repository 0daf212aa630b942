import * as z from 'zod';
import { frequencies } from '../journey/preferences.js';
import { onlyIfSound } from '../schema.js';
import { Instant } from './lead-body.js';

/** What a lead chose somewhere else: on a site of yours, on the telephone. What is left out stays as it is. */
export const PreferencesBody = z
  .strictObject({
    topicsOff: z.array(z.string().max(60)).max(100).optional(),
    frequency: z.enum(frequencies, { error: `this must be one of: ${frequencies.join(', ')}` }).optional(),
    snoozedUntil: Instant.nullable().optional(),
  })
  .refine((body) => Object.values(body).some((value) => value !== undefined), {
    ...onlyIfSound,
    error: 'say "topicsOff", "frequency" or "snoozedUntil"',
  });
