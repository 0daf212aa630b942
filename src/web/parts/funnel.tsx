import { Link } from 'wouter';
import { count, shareOf } from '../data/format.js';

export type FunnelStage = {
  readonly name: string;
  readonly count: number;
  /** How many of those who were in the stage before came here; left out: not known. */
  readonly came?: { readonly from: number; readonly reached: number } | undefined;
  readonly to?: string;
  readonly tells?: string;
};

/** Stages as bars, with what share goes on between them. */
export function Funnel({ label, stages }: { readonly label: string; readonly stages: readonly FunnelStage[] }) {
  const most = Math.max(1, ...stages.map((stage) => stage.count));
  return (
    <ol className="funnel" aria-label={label}>
      {stages.map((stage) => (
        <li key={stage.name}>
          {stage.came && (
            <p className="funnel-step">
              <span>
                ↓ {shareOf(stage.came.reached, stage.came.from)}{' '}
                <span className="quiet">
                  ({count(stage.came.reached)} of {count(stage.came.from)})
                </span>
              </span>
            </p>
          )}
          <div className="funnel-row">
            <span className="funnel-name">{stage.to ? <Link href={stage.to}>{stage.name}</Link> : stage.name}</span>
            <span className="funnel-bar" aria-hidden="true">
              <span style={{ width: `${Math.max(stage.count > 0 ? 1 : 0, (100 * stage.count) / most)}%` }} />
            </span>
            <span className="funnel-count">{count(stage.count)}</span>
          </div>
          {stage.tells && <p className="quiet funnel-tells">{stage.tells}</p>}
        </li>
      ))}
    </ol>
  );
}
