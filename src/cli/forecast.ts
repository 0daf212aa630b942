import Table from 'cli-table3';
import pc from 'picocolors';
import { type Config, readConfig } from '../config.js';
import { FixableError } from '../errors.js';
import { forecastView } from '../foresight/forecast-view.js';
import { isTimeZone } from '../sequence/duration.js';
import { reportFault, say } from './terminal.js';

export type ForecastOptions = { readonly days?: string; readonly zone?: string; readonly json?: boolean };

/** Tells how many mails will go in the coming days. */
export async function tellForecast({ days = '7', zone, json = false }: ForecastOptions): Promise<void> {
  const config = readConfig(process.env);
  const span = daysOf(days);
  if (zone !== undefined && !isTimeZone(zone))
    throw wrong(`there is no time zone "${zone}"`, 'Write a name such as "Europe/Paris"');
  const view = await forecastOf(config, span, zone ?? config.DEFAULT_TIMEZONE);
  if (json) say(JSON.stringify(view, null, 2));
  else print(view);
}

type View = ReturnType<typeof forecastView>;

async function forecastOf(config: Config, days: number, zone: string): Promise<View> {
  // Loaded here and not above: what is wrong with the options is told without a database.
  const { openRivulet } = await import('../main.js');
  const rivulet = await openRivulet(config, { say: (line) => console.error(line), onFault: reportFault }, true);
  try {
    const forecast = await rivulet.forecasts.forecast(days, zone);
    if (!forecast) throw new Error('the only forecast that was asked for waits for others');
    return forecastView(forecast, rivulet.project());
  } finally {
    await rivulet.stop();
  }
}

function daysOf(written: string): number {
  const days = Number(written);
  if (/^\d{1,2}$/.test(written) && days >= 1 && days <= 30) return days;
  throw wrong(`--days is a number from 1 to 30, not ${JSON.stringify(written)}`, 'For example: --days 14');
}

function wrong(what: string, fix: string): FixableError {
  return new FixableError({ code: 'bad-option', where: 'rivulet forecast', what, fix });
}

function print({ days, sequences, total, leads, held, assumes, zone }: View): void {
  const most = Math.max(1, ...days.map(({ expected }) => expected));
  say(`${pc.bold(`${told(total)} mails to ${told(leads)} leads`)} in ${days.length} days (${zone})`);
  if (held > 0) say(pc.yellow(`${Math.round(held)} mails besides are held by a pause.`));
  say('');
  for (const { day, ...estimate } of days) {
    const bar = '█'.repeat(Math.round((30 * estimate.expected) / most));
    say(`  ${day}  ${told(estimate).padStart(18)}  ${pc.cyan(bar)}`);
  }
  if (sequences.length > 0) say(`\n${tableOf(sequences)}`);
  say('');
  for (const line of assumes) say(pc.dim(`· ${line}`));
}

function tableOf(sequences: View['sequences']): string {
  const table = new Table({ head: ['sequence', 'mails', 'at least', 'at most'], style: { head: [], border: [] } });
  for (const { title, expected, low, high } of sequences) table.push([title, Math.round(expected), low, high]);
  return table.toString();
}

/** "120 (98–141)", or the number alone where there is no doubt. */
function told({
  expected,
  low,
  high,
}: {
  readonly expected: number;
  readonly low: number;
  readonly high: number;
}): string {
  return low === high ? String(low) : `${Math.round(expected)} (${low}–${high})`;
}
