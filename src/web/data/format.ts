/** Numbers as people read them. */
const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const fine = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });

export function count(value: number): string {
  return whole.format(value);
}

/** "1 lead", "2 leads". */
export function counted(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

export function points(value: number): string {
  return fine.format(value);
}

/** "42.5 %" of a share from 0 to 1; something is never shown as nothing. */
export function percent(share: number | null | undefined): string {
  if (share === null || share === undefined || !Number.isFinite(share)) return '–';
  const value = share * 100;
  if (value > 0 && value < 0.1) return '<0.1 %';
  return `${value >= 10 || value === 0 ? whole.format(value) : fine.format(value)} %`;
}

/** "42 %"; nothing of nothing is no share. */
export function shareOf(part: number, all: number): string {
  return all === 0 ? '–' : percent(part / all);
}

export function money(value: number, currency: string): string {
  return new Intl.NumberFormat('en', {
    style: 'currency',
    currency,
    maximumFractionDigits: value < 100 ? 2 : 0,
  }).format(value);
}

/** "3.4 MB". */
export function bytes(size: number): string {
  const step = [1, 1024, 1024 ** 2, 1024 ** 3].findLast((one) => size >= one) ?? 1;
  const unit = { 1: 'bytes', 1024: 'kB', [1024 ** 2]: 'MB', [1024 ** 3]: 'GB' }[step];
  return `${fine.format(size / step)} ${unit}`;
}

/** "3 days 4 hours", at most two units. */
export function duration(ms: number): string {
  const units = [
    ['day', 86_400_000],
    ['hour', 3_600_000],
    ['minute', 60_000],
    ['second', 1000],
  ] as const;
  let rest = Math.max(0, ms);
  const parts = units.flatMap(([name, size]) => {
    const n = Math.floor(rest / size);
    rest -= n * size;
    return n > 0 ? [counted(n, name)] : [];
  });
  return parts.slice(0, 2).join(' ') || 'less than a second';
}
