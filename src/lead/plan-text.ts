import * as z from 'zod';
import { consentStatuses } from '../journey/facts.js';
import { StoredEvent } from '../store/enrollments.js';
import { FieldValue, present } from '../store/rows.js';
import type { Plan } from './capture-many.js';

const Instant = z.iso.datetime().transform((text) => new Date(text));

const status = z.enum(consentStatuses);
const Purpose = z.object({ status, at: Instant }).transform(present);
const Consent = z
  .object({ status, source: z.string(), at: Instant, purposes: z.record(z.string(), Purpose).optional() })
  .transform(present);
const Input = z.object({
  email: z.string(),
  emailKey: z.string(),
  firstName: z.string().optional(),
  lastName: z.string().optional(),
  timezone: z.string().optional(),
  locale: z.string().optional(),
  attributes: z.record(z.string(), FieldValue).optional(),
  tags: z.array(z.string()).optional(),
  consent: Consent.optional(),
  removed: z.array(z.string()).optional(),
});

const PlanText = z.object({
  at: Instant,
  source: z.string(),
  fresh: z.array(z.object({ id: z.string(), input: Input })),
  retold: z.array(
    z.object({
      input: Input,
      events: z.array(StoredEvent.extend({ at: Instant }).transform((event) => present(event))),
    }),
  ),
});

/** A plan as it is kept: as text, of which the database need not look at every field. */
export function planText(plan: Plan): string {
  return JSON.stringify(plan);
}

export function readPlan(text: string): Plan {
  return PlanText.parse(JSON.parse(text));
}
