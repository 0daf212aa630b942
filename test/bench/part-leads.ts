import type { Flags } from './flags.js';
import { rounded } from './figures.js';
import type { Lab } from './lab.js';
import { measureImport } from './part-leads-import.js';
import { measureReports } from './part-leads-reports.js';
import { measureScores } from './part-leads-scores.js';
import type { Finding } from './report.js';

/** How fast a file of leads comes in, and how much memory that takes. */
export async function findImports(lab: Lab, { leads }: Flags): Promise<Finding> {
  const found = await measureImport(lab, leads.imports);
  return {
    figures: [
      {
        key: 'importRatio',
        label: `${leads.imports} leads from CSV ÷ a bare insertMany of the same documents`,
        value: found.importRatio,
        bar: { atLeast: 0.3 },
        note: `${Math.round(found.rowsPerSecond)} rows a second`,
      },
      {
        key: 'importRssMb',
        label: 'memory that this takes at its most, beyond what Rivulet has at rest, MB',
        value: found.importRssMb,
        bar: { atMost: 250 },
      },
    ],
    more: {
      importRatioLeadsAlone: rounded(found.importRatioLeadsAlone, 3),
      importRssPeakMb: Math.round(found.importRssPeakMb),
      importRowsPerSecond: Math.round(found.rowsPerSecond),
    },
  };
}

/** Whether the points that are kept are those that all events come to. */
export async function findScores(lab: Lab, { leads }: Flags): Promise<Finding> {
  const { recomputeMismatches, seconds, events, recordedPerSecond } = await measureScores(lab, leads.scores);
  return {
    figures: [
      {
        key: 'recomputeMismatches',
        label: `scores of ${leads.scores} leads that differ when computed from ${events} events`,
        value: recomputeMismatches,
        bar: { atMost: 0 },
        note: `recorded ${recordedPerSecond}/s, computed in ${seconds.toFixed(1)} s`,
      },
    ],
  };
}

/** How long reports take over what a year of 10 million events leaves. */
export async function findReports(lab: Lab, { leads }: Flags): Promise<Finding> {
  const { reportMs, kpiReportMs, sequenceReportMs, cohortReportMs, events, buckets } = await measureReports(
    lab,
    leads.reports,
  );
  return {
    figures: [
      {
        key: 'reportMs',
        label: `funnel report over a year of ${events} events, ms`,
        value: reportMs,
        bar: { atMost: 1000 },
        note: `${buckets} buckets`,
      },
    ],
    more: {
      kpiReportMs: rounded(kpiReportMs, 0),
      sequenceReportMs: rounded(sequenceReportMs, 0),
      cohortReportMs: rounded(cohortReportMs, 0),
    },
  };
}
