import type { Lead } from '../journey/facts.js';
import { addressKey } from '../message/address.js';
import { type Dossier, dossierOf } from '../sales/dossier.js';
import { dossierFields } from '../sales/dossier-fields.js';
import type { Titles } from '../sales/activity.js';
import type { Project } from '../sequence/project.js';
import { noSales } from '../sequence/sales-file.js';
import { type EngineSetting, factsOf } from '../store/engine-store.js';
import type { Store } from '../store/open-store.js';

type DossierStore = Pick<Store, 'events' | 'enrollments' | 'suppressions' | 'winners' | 'messages'>;
type Setting = Pick<EngineSetting, 'now' | 'project' | 'defaultTimeZone'>;

/** So many of a lead's last events are looked at for what it did; a mail shows few of them. */
const lastEvents = 500;
/** What sales heard is never too long ago. */
const ofSales = ['handed-over', 'sales.answered'];

/** Reads what sales should know of a lead now. */
export async function readDossier(lead: Lead, store: DossierStore, setting: Setting): Promise<Dossier> {
  const project = setting.project();
  const types = [...project.attention.counted, ...ofSales];
  const [last, asked, runs, suppression] = await Promise.all([
    store.events.lastOfLead(lead.id, lastEvents),
    store.events.ofLeads([lead.id], types),
    store.enrollments.ofLead(lead.id),
    store.suppressions.of(addressKey(lead.email)),
  ]);
  const events = [...new Map([...(asked.get(lead.id) ?? []), ...last].map((event) => [event.id, event])).values()];
  const inOrder = events.toSorted((a, b) => a.at.getTime() - b.at.getTime());
  const facts = factsOf({ lead, events: inOrder, ...(suppression ? { suppression } : {}) }, store, setting);
  const series = runs.filter(({ status }) => status === 'active').map(({ sequence }) => sequence);
  const stage = project.funnel.find(({ name }) => name === lead.stage)?.title ?? lead.stage;
  const known = {
    facts,
    events: inOrder,
    series: [...new Set(series)].filter((name) => mailsLead(name, project)).map((name) => titleOf(name, project)),
    stage,
    titles: titlesIn(project),
  };
  return dossierOf(known, project.sales ?? noSales, setting.now());
}

/** The same as merge fields, for mails and calls. */
export function dossiersOn(store: DossierStore, setting: Setting) {
  return async (lead: Lead): ReturnType<typeof read> => read(lead, store, setting);
}

async function read(lead: Lead, store: DossierStore, setting: Setting) {
  const dossier = await readDossier(lead, store, setting);
  return dossierFields(dossier, setting.project().sales ?? noSales);
}

/** A series that only tells us of the lead is none of its own. */
function mailsLead(sequence: string, { programs }: Project): boolean {
  return programs.get(sequence)?.mailsLead ?? true;
}

function titleOf(sequence: string, { programs }: Project): string {
  return programs.get(sequence)?.title ?? sequence;
}

/** A subject with merge fields in it would show their names: then the mail is called by its step. */
function titlesIn(project: Project): Titles {
  return {
    mail: (sequence, step) => {
      const sent = project.programs.get(sequence)?.steps.get(step);
      if (sent?.kind === 'send' && !sent.subject.includes('{{')) return sent.subject;
      return `${step} (${titleOf(sequence, project)})`;
    },
    form: (form) => project.forms.get(form)?.title ?? form,
  };
}
