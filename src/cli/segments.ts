import Table from 'cli-table3';
import pc from 'picocolors';
import { readConfig } from '../config.js';
import { didYouMean } from '../diagnostic.js';
import { FixableError } from '../errors.js';
import { leadsIn, openSegmentCounts } from '../lead/members.js';
import { openRivulet } from '../main.js';
import { counted, reportFault, say } from './terminal.js';

/** Shows the segments with how many leads are in each; with a name, who is in that one. */
export async function segments(name: string | undefined, { json }: { readonly json?: boolean }): Promise<void> {
  const config = readConfig(process.env);
  const rivulet = await openRivulet(config, { say: console.error, onFault: reportFault }, true);
  try {
    const { store, engine, project } = rivulet;
    const tools = { store, now: engine.now, project, defaultTimeZone: config.DEFAULT_TIMEZONE };
    if (name !== undefined) return await listLeads(name, tools, json);
    const all = await openSegmentCounts(tools).all();
    if (json) say(JSON.stringify(all, null, 2));
    else if (all.length === 0) say('There are no segments. sequences/segments.json defines them.');
    else say(tableOf(all));
  } finally {
    await rivulet.stop();
  }
}

function tableOf(
  all: readonly { readonly name: string; readonly count: number; readonly description?: string }[],
): string {
  const table = new Table({
    head: ['segment', 'leads', 'what for'].map((text) => pc.dim(text)),
    colAligns: ['left', 'right', 'left'],
    style: { head: [], border: [], compact: true },
    colWidths: [null, null, Math.max(20, (process.stdout.columns ?? 100) - 50)],
    wordWrap: true,
  });
  for (const { name, count, description = '' } of all) table.push([name, count.toLocaleString('en'), description]);
  return table.toString();
}

async function listLeads(name: string, tools: Parameters<typeof leadsIn>[1], json = false): Promise<void> {
  const known = [...tools.project().segments.keys()];
  if (!known.includes(name)) {
    const fix = didYouMean(name, known);
    throw new FixableError({ code: 'no-segment', where: name, what: 'there is no such segment', fix });
  }
  let count = 0;
  for await (const { lead, score } of leadsIn(name, tools)) {
    count += 1;
    const { id, email, stage } = lead;
    say(
      json
        ? JSON.stringify({ id, email, stage, score: score.total })
        : `  ${email}  ${pc.dim(`${stage ?? 'no stage'}, score ${score.total}`)}`,
    );
  }
  if (!json) say(pc.dim(`${counted(count, 'lead')} in ${name}.`));
}
