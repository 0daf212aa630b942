import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Config } from '../config.js';
import { FixableError } from '../errors.js';
import type { Lead } from '../journey/facts.js';
import { addressKey } from '../message/address.js';
import { leadOfFile } from '../preview/lead-of-file.js';
import { madeUpLead, toPreviewLead } from '../shown/preview-lead.js';
import type { LeadReader } from '../preview/watch.js';
import { withStore } from './with-store.js';

export type LeadChoice = { readonly read: LeadReader; readonly file?: string };

/** What `--lead` names: a file, which is read anew each time, a lead of the database, or without it somebody made up. */
export async function leadChoice(named: string | undefined, config: Config, email?: string): Promise<LeadChoice> {
  if (named === undefined) return { read: async (project, files) => madeUpLead(project, files, email) };
  if (existsSync(named) || !named.includes('@')) {
    const file = resolve(named);
    return { read: (project) => leadOfFile(named, project), file };
  }
  const lead = await leadOfDatabase(named, config);
  return { read: async (project) => toPreviewLead(lead, 'from the database', project) };
}

async function leadOfDatabase(email: string, config: Config): Promise<Lead> {
  const lead = await withStore(config, ({ leads }) => leads.byEmail(addressKey(email)));
  if (lead) return lead;
  throw new FixableError({
    code: 'no-lead',
    where: email,
    what: 'there is no such lead in the database, and no such file',
    fix: 'Name another, or leave --lead out for one that is made up',
  });
}
