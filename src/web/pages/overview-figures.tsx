import type { Told } from '../data/call.js';
import { count, money, percent } from '../data/format.js';
import { Stat, Stats } from '../parts/stat.js';

type Overview = Told<'GET /api/overview'>;
type Figure = Overview['people'][number];

/** The figures of the period, each beside that of the one before. */
export function Figures({ overview }: { readonly overview: Overview | undefined }) {
  if (!overview) return <Bones />;
  const { people, mails, money: won, period, asOf, leads } = overview;
  const compared = `against the ${period.days} days before`;
  return (
    <section
      aria-busy={asOf === null}
      aria-label={`Figures of the last ${period.days} days, ${compared}`}
      className="figures"
    >
      <Stats>
        {people.map((figure) => (
          <OneFigure key={figure.key} figure={figure} />
        ))}
        {Object.entries(won).map(([currency, { value, before }]) => (
          <Stat
            key={currency}
            label="Won"
            value={currency === '-' ? count(value) : money(value, currency)}
            change={changed(value, before)}
          />
        ))}
      </Stats>
      <Stats>
        {mails.map((figure) => (
          <OneFigure key={figure.key} figure={figure} />
        ))}
      </Stats>
      {asOf === null && leads > 0 && (
        <p className="quiet" role="status">
          These figures are being counted for the first time, and grow until every lead is in them.
        </p>
      )}
    </section>
  );
}

function OneFigure({ figure: { key, title, value, before, of } }: { readonly figure: Figure }) {
  if (!of) return <Stat label={title} value={count(value)} change={changed(value, before)} />;
  const share = of.value > 0 ? value / of.value : undefined;
  const shareBefore = of.before > 0 ? before / of.before : undefined;
  return (
    <Stat
      label={title}
      value={percent(share ?? null)}
      change={shareChanged(share, shareBefore, key === 'unsubscribed')}
      means={`${count(value)} of ${count(of.value)}`}
    />
  );
}

function changed(value: number, before: number) {
  // Out of nothing everything is more, and no share tells how much.
  if (before === 0) return undefined;
  const by = (value - before) / before;
  if (Math.abs(by) < 0.005) return { by: 'as before', way: 'same', tone: 'plain' } as const;
  const way = by > 0 ? 'up' : 'down';
  return { by: `${Math.round(Math.abs(by) * 100)} %`, way, tone: by > 0 ? 'good' : 'warn' } as const;
}

/** Shares change by parts of a hundred: "1.2 points" more of all mails. */
function shareChanged(share: number | undefined, before: number | undefined, isBad: boolean) {
  if (share === undefined || before === undefined) return undefined;
  const by = (share - before) * 100;
  if (Math.abs(by) < 0.05) return { by: 'as before', way: 'same', tone: 'plain' } as const;
  const isGood = by > 0 !== isBad;
  const points = Math.abs(by).toFixed(1);
  return { by: `${points} points`, way: by > 0 ? 'up' : 'down', tone: isGood ? 'good' : 'warn' } as const;
}

const titles = ['New leads', 'Interested', 'Qualified', 'Handed to sales', 'Won'];
const mailTitles = ['Mails sent', 'Opened', 'Clicked', 'Replied', 'Unsubscribed'];

/** Of the size that the figures will have. */
function Bones() {
  return (
    <section className="figures" aria-hidden="true">
      {[titles, mailTitles].map((row) => (
        <Stats key={row[0]}>
          {row.map((title) => (
            <Stat key={title} label={title} value={undefined} />
          ))}
        </Stats>
      ))}
    </section>
  );
}
