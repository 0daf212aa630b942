import pc from 'picocolors';
import { checkReports as check, type Difference } from '../lead/check-reports.js';
import { dayText } from '../sequence/wall-clock.js';
import { counted, say } from './terminal.js';
import { withReports } from './report.js';

export type CheckOptions = { readonly mend?: boolean; readonly json?: boolean; readonly dir: string };

/** Differences that are shown to a person; `--json` has all of them. */
const shown = 20;

/** Holds the numbers of reports against a count of everything; exit code 1 when they differ. */
export async function checkReports({ mend = false, json, dir }: CheckOptions): Promise<void> {
  const { leads, differences, wrongLeads } = await withReports(dir, (setting) =>
    check(setting, { zone: setting.defaultTimeZone, mend }),
  );
  const isSame = differences.length === 0 && wrongLeads === 0;
  if (!isSame) process.exitCode = 1;
  if (json)
    return say(JSON.stringify({ ok: isSame, leads, wrongLeads, differences: differences.map(viewOf) }, null, 2));
  if (isSame) return say(`${pc.green('✔')} ${counted(leads, 'lead')} counted anew: reports say the same.`);
  for (const one of differences.slice(0, shown)) say(`  ${lineOf(one)}`);
  if (differences.length > shown) say(`  and ${differences.length - shown} more`);
  const found = `${counted(differences.length, 'number')} differ, and ${counted(wrongLeads, 'lead')} would change others`;
  say(`${pc.red('✖')} ${counted(leads, 'lead')} counted anew: ${found}. ${mendOf(mend)}`);
}

function mendOf(mend: boolean): string {
  return mend ? 'They are put right now; check again.' : '"rivulet report check --mend" puts them right.';
}

function viewOf({ month, series, ...rest }: Difference) {
  return { month: dayText(month).slice(0, -3), series: series.kind, of: series.of, ...rest };
}

function lineOf({ month, series, group, path, kept, counted: anew }: Difference): string {
  const where = `${dayText(month).slice(0, -3)}  ${series.kind} "${series.of}"`;
  return `${where}  ${group}.${path}: ${kept} in reports, ${anew} counted anew`;
}
