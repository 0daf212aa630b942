/** Something that holds mails up: so many may go in each stretch of time. */
export type Limit = {
  readonly id: string;
  readonly windowMs: number;
  /** How many may go in the stretch that begins then; undefined: there is no limit to it. */
  readonly mailsFrom: (windowAt: number) => number | undefined;
};

/** Mails that are expected to go at an instant. `mails`: how many, which may be a part of one. */
export type Flow<Of> = { readonly of: Of; readonly at: number; readonly mails: number };

const hourMs = 3_600_000;
/** Less than this of a mail is a trifle of rounding. */
const trifle = 1e-9;

/**
 * When mails really go that all want to go at their time: first come, first served, by the hour. What could not go within
 * `lifeMs`, or by `until`, is left out.
 */
export function throughLimits<Of>(
  flows: readonly Flow<Of>[],
  limitsOf: (of: Of) => readonly Limit[],
  { until, lifeMs }: { readonly until: number; readonly lifeMs: number },
): readonly Flow<Of>[] {
  const used = new Map<string, number>();
  const out: Flow<Of>[] = [];
  for (const flow of flows.toSorted((a, b) => a.at - b.at)) {
    const limits = limitsOf(flow.of);
    const last = Math.min(until, flow.at + lifeMs);
    let left = flow.mails;
    for (let at = flow.at; left > trifle && at < last; at = nextHour(at)) {
      const part = Math.min(left, ...limits.map((limit) => room(limit, at, used)));
      if (part <= trifle) continue;
      for (const limit of limits) take(limit, at, part, used);
      out.push({ of: flow.of, at, mails: part });
      left -= part;
    }
  }
  return out;
}

function nextHour(at: number): number {
  return (Math.floor(at / hourMs) + 1) * hourMs;
}

function windowOf({ windowMs }: Limit, at: number): number {
  return Math.floor(at / windowMs) * windowMs;
}

function room(limit: Limit, at: number, used: ReadonlyMap<string, number>): number {
  const window = windowOf(limit, at);
  const most = limit.mailsFrom(window);
  return most === undefined ? Number.POSITIVE_INFINITY : most - (used.get(`${limit.id} ${window}`) ?? 0);
}

function take(limit: Limit, at: number, mails: number, used: Map<string, number>): void {
  const key = `${limit.id} ${windowOf(limit, at)}`;
  used.set(key, (used.get(key) ?? 0) + mails);
}
