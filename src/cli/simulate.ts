import { type Config, readConfig } from '../config.js';
import { FixableError } from '../errors.js';
import { inventedWorld, zoneOfDescribed } from '../simulation/invented.js';
import { sortableTime } from '../simulation/narrate.js';
import { type JourneyPlan, play, type Played } from '../simulation/play.js';
import { addressKey } from '../message/address.js';
import { checkHappenings, checkLead } from '../simulation/check-journey.js';
import { didYouMean } from '../diagnostic.js';
import { type Happening, Happenings, JourneyLead } from '../simulation/journey-file.js';
import type { Project } from '../sequence/project.js';
import { mistakesIn, openFolder, readNamed } from './folder.js';
import { manyLeads } from './simulate-many.js';
import { type SimulateOptions, spanOf, wrongOption } from './simulate-options.js';
import { tellJourney } from './tell-journey.js';
import { reportFault, say } from './terminal.js';

/** Plays one lead's journey on a virtual clock and tells it line by line; with --leads, the journeys of many in figures. */
export async function simulateJourney(sequence: string | undefined, options: SimulateOptions): Promise<void> {
  const { lead = '', all = false, json = false } = options;
  if ((sequence === undefined) === !all)
    throw wrongOption(
      'name a sequence, or --all for the way of a new lead through the whole funnel, and not both',
      'For example: rivulet simulate welcome',
    );
  if (options.leads !== undefined) return manyLeads(sequence, options);
  const many = (['seed', 'rates', 'leadsFile'] as const).find((name) => options[name] !== undefined);
  if (many)
    throw wrongOption(
      `--${many === 'leadsFile' ? 'leads-file' : many} is for many leads`,
      'Say how many, for example: --leads 1000',
    );

  const config = readConfig({ ...process.env, PROJECT_DIR: options.project });
  const isAddress = lead.includes('@');
  if (isAddress && all)
    throw wrongOption(
      '--all is the way of a new lead, and an address names one that is known',
      'Leave out --all and name a sequence',
    );
  const { plan, project } = isAddress
    ? await knownLead(lead, sequence, options, config)
    : await madeUp(sequence, options, config);
  const played = play(plan, project);
  if (json) say(JSON.stringify(toJson(plan, played), null, 2));
  else tellJourney(plan, played, options.lead === undefined);
  if (played.keptOut ?? played.unplayed[0]) process.exitCode = 1;
}

type Prepared = { readonly plan: JourneyPlan; readonly project: Project };

async function madeUp(sequence: string | undefined, options: SimulateOptions, config: Config): Promise<Prepared> {
  const { project } = await openFolder(options.project);
  checkSequence(sequence, project);
  const described = options.lead === undefined ? {} : await describedLead(options.lead, project);
  const defaultTimeZone = config.DEFAULT_TIMEZONE;
  const span = spanOf(options, zoneOfDescribed(described, defaultTimeZone));
  const events = await happeningsOf(options.events, project, sequence);
  const world = inventedWorld(described, { project, from: span.from, defaultTimeZone, sequence });
  return { plan: { ...span, world, sequence, all: options.all, events }, project };
}

async function describedLead(file: string, project: Project): Promise<JourneyLead> {
  const { value, source } = await readNamed(JourneyLead, file);
  const problems = checkLead(value, [], source, project);
  if (problems.length > 0) throw mistakesIn(file, problems);
  return value;
}

/** The lead as it stands in the database, with the runs it is on. */
async function knownLead(
  address: string,
  sequence: string | undefined,
  options: SimulateOptions,
  config: Config,
): Promise<Prepared> {
  // Loaded here and not above: a journey of nobody in particular needs no database, and begins half a second sooner.
  const { openRivulet } = await import('../main.js');
  const rivulet = await openRivulet(config, { say: tellAside, onFault: reportFault }, true);
  try {
    const { store, engine } = rivulet;
    const project = rivulet.project();
    checkSequence(sequence, project);
    const events = await happeningsOf(options.events, project, sequence);
    const lead = await store.leads.byEmail(addressKey(address));
    const world =
      lead &&
      (await engine.gatherWorld({ id: '', type: '', lead: lead.id, at: engine.now(), source: '', machine: false }));
    if (!world) {
      const fix = 'Add it with "rivulet lead add", or describe a lead in a JSON file and name that.';
      throw new FixableError({ code: 'no-lead', where: address, what: 'there is no such lead', fix });
    }
    const span = spanOf(options, world.facts.timeZone);
    const mails = await store.messages.factsOf(world.running.map(({ enrollment }) => enrollment.id));
    return { plan: { ...span, world, sequence, events, mails }, project };
  } finally {
    await rivulet.stop();
  }
}

/** Beside the journey, which may be read by a program. */
function tellAside(line: string): void {
  console.error(line);
}

function checkSequence(sequence: string | undefined, { programs }: Project): void {
  if (sequence === undefined || programs.has(sequence)) return;
  throw wrongOption(`there is no sequence "${sequence}"`, didYouMean(sequence, [...programs.keys()]));
}

async function happeningsOf(
  file: string | undefined,
  project: Project,
  sequence: string | undefined,
): Promise<readonly Happening[]> {
  if (file === undefined) return [];
  const { value, source } = await readNamed(Happenings, file);
  const problems = checkHappenings(value, [], source, project, sequence);
  if (problems.length > 0) throw mistakesIn(file, problems);
  return value;
}

function toJson({ world, from, until, sequence }: JourneyPlan, { moments, unplayed, keptOut }: Played): unknown {
  const { lead, timeZone } = world.facts;
  return {
    from,
    until,
    timeZone,
    lead: lead.email,
    sequence: sequence ?? null,
    keptOut: keptOut ?? null,
    unplayed,
    moments: moments.map((moment) => ({ ...moment, localTime: sortableTime(moment.at, timeZone) })),
  };
}
