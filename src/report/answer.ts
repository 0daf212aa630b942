import { cohortReport } from './cohort.js';
import { funnelReport } from './funnel.js';
import { kpiReport } from './kpi.js';
import { sequenceReport } from './mails.js';
import type { Material } from './needs.js';
import type { Report } from './report.js';

const makers = { kpi: kpiReport, funnel: funnelReport, sequence: sequenceReport, cohort: cohortReport } as const;

/** The report that was asked for, out of what was counted. */
export function reportOf(material: Material): Report {
  return makers[material.ask.report](material);
}
