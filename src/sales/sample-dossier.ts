import { noSales, type Sales } from '../sequence/sales-file.js';
import type { Dossier } from './dossier.js';
import { dossierFields } from './dossier-fields.js';

const hourMs = 3_600_000;

/** What a dossier says of a lead that nobody is, where a mail is shown or looked through before anybody gets it. */
export function sampleDossier(name: string, now: Date, sales: Sales = noSales): ReturnType<typeof dossierFields> {
  const before = (hours: number): Date => new Date(now.getTime() - hours * hourMs);
  const [owner = { email: 'dana@example.com', name: 'Dana Okafor' }] = sales.owners;
  const dossier: Dossier = {
    name,
    address: 'ada.quill@example.com',
    addressKind: 'company',
    localTime: 'Tuesday 14:05 (Europe/Paris)',
    country: 'France',
    score: { total: 72, engagement: 54, fit: 18, grid: 'A2' },
    points: [
      { points: 20, why: 'asked for the white paper' },
      { points: 20, why: 'looked at the prices' },
      { points: 10, why: 'works where the trucks are' },
      { points: -4, why: 'let an invitation pass' },
    ],
    deeds: [
      { at: before(2), what: 'looked at /pricing', times: 2 },
      { at: before(26), what: 'opened “124 minutes at the dock, 38 of them unloading”', times: 1 },
      { at: before(75), what: 'filled in “Where the Dock Hours Go”', times: 1 },
    ],
    series: ['White paper follow-up'],
    stage: 'Decision',
    mail: 'Yes: they agreed on 2 March 2026 (form).',
    call: 'They left a number; no form has asked whether we may call.',
    nextStep: {
      what: 'Call today, about the prices.',
      because: 'Because page.viewed /pricing came 2 times within 14 days.',
    },
    owner: { email: owner.email, name: owner.name },
    why: 'their score is that of a buyer',
    answers: [],
  };
  return dossierFields(dossier, sales);
}
