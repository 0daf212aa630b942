import * as z from 'zod';

/** Which part of a list is asked for: how many at most, and after which. */
export const Page = z.object({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  after: z
    .string()
    .regex(/^\d{1,15}_[a-z0-9-]+$/, { error: 'this is no "next" of an earlier page' })
    .optional(),
});
