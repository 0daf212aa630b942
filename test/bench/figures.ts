/** What one sender did in one round. */
export type Measurement = {
  readonly sender: string;
  readonly mailsPerSecond: number;
  /** Of this process with all its threads, the embedded engine among them; the sink is not in it. */
  readonly cpuMsPerMail: number;
};
export type Round = readonly Measurement[];

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low = Number.NaN, high = Number.NaN] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  return (low + high) / 2;
}

/** One sender's figures over all rounds. */
export function figuresOf(sender: string, rounds: readonly Round[]) {
  const own = rounds.flatMap((round) => round.filter((one) => one.sender === sender));
  const speeds = own.map(({ mailsPerSecond }) => mailsPerSecond);
  return {
    mailsPerSecond: median(speeds),
    slowest: Math.min(...speeds),
    fastest: Math.max(...speeds),
    cpuMsPerMail: median(own.map(({ cpuMsPerMail }) => cpuMsPerMail)),
  };
}

/** How many times faster one sender was than another: compared within each round, where both met the same neighbours. */
export function timesFaster(sender: string, other: string, rounds: readonly Round[]) {
  const speed = (name: string, round: Round): number =>
    round.find((one) => one.sender === name)?.mailsPerSecond ?? Number.NaN;
  const ratios = rounds.map((round) => speed(sender, round) / speed(other, round));
  return { median: median(ratios), ...lowestToHighest(ratios) };
}

export function lowestToHighest(values: readonly number[]) {
  return { lowest: Math.min(...values), highest: Math.max(...values) };
}

export function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
