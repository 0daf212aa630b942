import type { LucideIcon } from 'lucide-react';
import { Fragment, type ReactNode, useState } from 'react';
import { counted } from '../data/format.js';
import { useNow } from '../data/now.js';
import type { Tone } from './badge.js';
import { Button } from './button.js';
import { Time, timeText } from './time.js';

export type Moment = {
  readonly id: string;
  /** undefined: nobody knows when. */
  readonly at: string | undefined;
  readonly title: ReactNode;
  /** Why it happened, or will. */
  readonly why?: ReactNode;
  readonly detail?: ReactNode;
  readonly icon?: LucideIcon;
  readonly tone?: Tone;
};

type TimelineParts = {
  readonly label: string;
  /** What happened, newest first. */
  readonly past: readonly Moment[];
  /** What will happen, the next first. */
  readonly future?: readonly Moment[];
  /** The lead's zone. */
  readonly zone?: string | undefined;
  /** What is said of a future without anything in it. */
  readonly noFuture?: ReactNode;
};

/** So much of what comes is shown at first. */
const nearFuture = 6;

/** Past and future in one line: what comes last stands at the top, then now, then what was. */
export function Timeline({ label, past, future = [], zone, noFuture }: TimelineParts) {
  const now = useNow();
  const [isWhole, setWhole] = useState(false);
  // Who opens it looks for now: a long future would push that off the screen.
  const shown = isWhole ? future : future.slice(0, nearFuture);
  const later = future.length - shown.length;
  return (
    <div className="timeline">
      {later > 0 && (
        <Button isSmall onClick={() => setWhole(true)}>
          {counted(later, 'more thing', 'more things')} to come after these
        </Button>
      )}
      {future.length > 0 ? (
        <ol className="moments future" aria-label={`${label}: what comes, the next last`}>
          {shown.toReversed().map((moment) => (
            <OneMoment key={moment.id} moment={moment} zone={zone} />
          ))}
        </ol>
      ) : (
        noFuture && <p className="no-future">{noFuture}</p>
      )}
      <p className="now">
        <span>Now</span> <time dateTime={now.toISOString()}>{timeText(now)}</time>
      </p>
      <ol className="moments" aria-label={`${label}: what happened, newest first`}>
        {past.map((moment, index) => (
          <Fragment key={moment.id}>
            {dayOf(moment) !== dayOf(past[index - 1]) && (
              <li className="day" aria-hidden="true">
                {dayOf(moment)}
              </li>
            )}
            <OneMoment moment={moment} zone={zone} isClock />
          </Fragment>
        ))}
      </ol>
    </div>
  );
}

function dayOf(moment: Moment | undefined): string | undefined {
  return moment?.at && timeText(moment.at, 'day');
}

function OneMoment({
  moment,
  zone,
  isClock = false,
}: {
  readonly moment: Moment;
  readonly zone: string | undefined;
  readonly isClock?: boolean;
}) {
  const { at, title, why, detail, icon: Icon, tone = 'plain' } = moment;
  return (
    <li className={`moment ${tone}`}>
      <span className="moment-mark" aria-hidden="true">
        {Icon && <Icon size={14} />}
      </span>
      <div className="moment-body">
        <p className="moment-title">{title}</p>
        {why && <p className="moment-why">{why}</p>}
        {detail && <div className="moment-detail">{detail}</div>}
      </div>
      <span className="moment-time">
        {at ? <Time at={at} as={isClock ? 'clock' : 'exact'} zone={zone} /> : 'when is not known'}
      </span>
    </li>
  );
}
