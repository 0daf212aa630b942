import { CronExpressionParser } from 'cron-parser';

/** Five fields that cron-parser (the reader that Agenda uses) understands and that do come round. */
export function isCron(written: string): boolean {
  if (written.trim().split(/\s+/).length !== 5) return false;
  try {
    return Boolean(CronExpressionParser.parse(written, { tz: 'UTC' }).next());
  } catch {
    return false;
  }
}
