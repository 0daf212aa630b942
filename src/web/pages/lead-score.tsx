import type { Told } from '../data/call.js';
import { points } from '../data/format.js';
import { useRead } from '../data/query.js';
import { Card } from '../parts/card.js';
import { Empty } from '../parts/empty.js';
import { Skeleton } from '../parts/skeleton.js';
import { Time } from '../parts/time.js';
import { TroubleNote } from '../parts/trouble-note.js';
import { type LeadInFull, zoneOf } from './lead.js';

type Score = Told<'GET /api/leads/:id/score'>;
type ScoreLine = Score['lines'][number];

/** Where a score comes from, as a picture: what each thing counts now, of what it once did. */
export function LeadScore({ lead }: { readonly lead: LeadInFull }) {
  const { data: score, trouble, again } = useRead('GET /api/leads/:id/score', { params: { id: lead.id } });
  if (trouble && !score) return <TroubleNote trouble={trouble} again={again} />;
  if (!score) return <Skeleton lines={8} />;
  return (
    <Card
      title={`Score: ${points(score.total)}`}
      tells={`${points(score.engagement)} by what it did, ${points(score.fit)} by who it is: ${score.grid}`}
    >
      <Scale score={score} />
      {score.lines.length === 0 ? (
        <Empty title="Nothing counts for this lead yet" />
      ) : (
        <Lines lines={score.lines} zone={zoneOf(lead)} />
      )}
      <Thresholds score={score} />
      {score.notes.map((note) => (
        <p key={note} className="quiet">
          {note}
        </p>
      ))}
    </Card>
  );
}

/** All of it as one bar, with what there is to be reached. */
function Scale({ score: { engagement, fit, total, thresholds } }: { readonly score: Score }) {
  const most = Math.max(total, ...thresholds.map(({ reachedWith }) => reachedWith), 1) * 1.05;
  const share = (value: number): string => `${Math.max(0, Math.min(100, (100 * value) / most))}%`;
  const label = `${points(total)} points${thresholds.map(({ name, reachedWith }) => `, ${name} at ${points(reachedWith)}`).join('')}`;
  return (
    <div className="score-scale" role="img" aria-label={label}>
      <div className="track">
        <span className="c-engagement" style={{ width: share(engagement) }} />
        <span className="c-fit" style={{ width: share(fit) }} />
      </div>
      {thresholds.map(({ name, title, reachedWith }) => (
        <span
          key={name}
          className={`mark ${reachedWith / most > 0.8 ? 'late' : reachedWith / most < 0.1 ? 'first' : ''}`}
          style={{ left: share(reachedWith) }}
        >
          <small>
            {title ?? name} {points(reachedWith)}
          </small>
        </span>
      ))}
    </div>
  );
}

function Lines({ lines, zone }: { readonly lines: readonly ScoreLine[]; readonly zone: string | undefined }) {
  const most = Math.max(1, ...lines.flatMap(({ points: now, of }) => [Math.abs(now), Math.abs(of)]));
  const sorted = lines.toSorted((a, b) => b.points - a.points);
  return (
    <ul className="score-lines">
      {sorted.map((line, index) => (
        <li key={`${line.why} ${line.at ?? ''} ${index}`} className="score-line">
          <span>
            {line.why}
            <span className="under">
              {line.part === 'fit' ? 'who it is' : 'what it did'}
              {line.at && (
                <>
                  , <Time at={line.at} as="relative" zone={zone} />
                </>
              )}
            </span>
          </span>
          <span className="score-bar" aria-hidden="true">
            <span className="first" style={{ width: `${(100 * Math.abs(line.of)) / most}%` }} />
            <span
              className={line.points < 0 ? 'c-off' : `c-${line.part}`}
              style={{ width: `${(100 * Math.abs(line.points)) / most}%` }}
            />
          </span>
          <span className="number">
            {line.points > 0 ? '+' : ''}
            {points(line.points)}
            {line.points !== line.of && <span className="under">of {points(line.of)}</span>}
          </span>
        </li>
      ))}
    </ul>
  );
}

function Thresholds({ score: { thresholds } }: { readonly score: Score }) {
  if (thresholds.length === 0) return null;
  return (
    <ul>
      {thresholds.map(({ name, title, isReached, missing, leftAt, leftBelow }) => (
        <li key={name}>
          <strong>{title ?? name}</strong>{' '}
          {isReached ? (
            <>
              is reached
              {leftAt ? (
                <>
                  , and left <Time at={leftAt} as="relative" /> if nothing happens
                </>
              ) : (
                `; it is left below ${points(leftBelow)}`
              )}
            </>
          ) : (
            `is not reached${missing === undefined ? '' : `: ${points(missing)} points are missing`}`
          )}
        </li>
      ))}
    </ul>
  );
}
