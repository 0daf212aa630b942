import * as z from 'zod';

/**
 * A clock that runs faster than the wall's, the same for every process of a run: a lease of two minutes is then over in two
 * seconds at speed 60. Honest work must fit into it: a mail that takes longer is taken for lost, which makes it uncertain
 * and never two.
 */
export const FastClock = z.object({
  /** The instant of the wall's clock at which it was `from`. */
  anchorMs: z.number(),
  from: z.iso.datetime(),
  speed: z.number().positive(),
  /** How far it is off, in its own time. */
  shiftMs: z.number(),
});
export type FastClock = z.output<typeof FastClock>;

/** The clock of a run that begins now. */
export function startClock(speed: number): FastClock {
  return { anchorMs: Date.now(), from: '2026-03-02T09:00:00Z', speed, shiftMs: 0 };
}

export function timeOn({ anchorMs, from, speed, shiftMs }: FastClock): Date {
  return new Date(Date.parse(from) + (Date.now() - anchorMs) * speed + shiftMs);
}
