import * as z from 'zod';
import { isMailEvent } from '../event/canonical.js';
import { ownEvents } from '../event/own-events.js';
import { isVisitor } from '../event/site-rules.js';
import { Instant, NamedValues, plain } from './lead-body.js';

/** A type of event, as the site and other systems name theirs. */
export const EventType = z
  .string()
  .regex(/^[a-z][a-z0-9_-]*(\.[a-z0-9_-]+)*$/i, { error: 'an event is named like "page.viewed"' })
  .max(100)
  .refine((type) => !ownEvents.includes(type), {
    error: 'is an event that Rivulet makes itself; choose another name',
  });

/** An event from the site, the CRM or a script: about a lead by id or address, or about a visitor of the site. */
export const EventBody = z
  .strictObject({
    type: EventType,
    lead: plain(100).optional(),
    email: plain(320).optional(),
    /** As the site's script names the browser; its lead may be known later. */
    visitor: z
      .string()
      .refine(isVisitor, { error: 'a visitor is named by 16 to 64 letters, digits, "-" and "_"' })
      .optional(),
    at: Instant.optional(),
    about: plain(800).optional(),
    data: NamedValues.optional(),
    /** Told twice with the same id, it counts once. */
    id: plain(200).min(1).optional(),
  })
  .refine(({ lead, email, visitor }) => [lead, email, visitor].filter((one) => one !== undefined).length === 1, {
    error: 'name the lead by "lead" (its id), by "email", or the visitor by "visitor"',
  })
  .refine(({ type, visitor }) => visitor === undefined || !isMailEvent(type), {
    path: ['type'],
    error: 'is an event of a mail, which no visitor has; name the lead',
  });
export type EventBody = z.output<typeof EventBody>;
