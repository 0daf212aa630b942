import { CircleAlert, CircleCheck, TriangleAlert } from 'lucide-react';
import { useState } from 'react';
import { Link } from 'wouter';
import type { Told } from '../data/call.js';
import { Button } from '../parts/button.js';
import { Time } from '../parts/time.js';

type Item = Told<'GET /api/overview'>['attention'][number];

const fewShown = 4;

/** What somebody should look at; that there is nothing is good news, and takes little room. */
export function Attention({ items }: { readonly items: readonly Item[] }) {
  const [isAll, setAll] = useState(false);
  if (items.length === 0) {
    return (
      <p className="all-well">
        <CircleCheck size={18} aria-hidden /> Nothing needs you: mails go, files are sound, nobody waits too long.
      </p>
    );
  }
  const shown = isAll ? items : items.slice(0, fewShown);
  const rest = items.length - shown.length;
  return (
    <section className="attention" aria-label="What needs attention">
      <ul>
        {shown.map((item) => (
          <OneItem key={`${item.kind} ${item.what}`} item={item} />
        ))}
      </ul>
      {rest > 0 && (
        <Button look="quiet" isSmall onClick={() => setAll(true)}>
          Show {rest} more
        </Button>
      )}
    </section>
  );
}

function OneItem({ item: { severity, what, because, mend, page, since } }: { readonly item: Item }) {
  const Icon = severity === 'error' ? CircleAlert : TriangleAlert;
  return (
    <li className={severity}>
      <Icon size={18} aria-hidden />
      <div>
        <p className="attention-what">
          <Link href={page}>{what}</Link>
          {since && (
            <span className="quiet">
              {' '}
              since <Time at={since} as="relative" />
            </span>
          )}
        </p>
        <p>
          {sentence(because)} <span className="quiet">{sentence(mend)}</span>
        </p>
      </div>
    </li>
  );
}

function sentence(text: string): string {
  const begun = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(begun) ? begun : `${begun}.`;
}
