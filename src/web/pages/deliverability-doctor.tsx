import { useQueryClient } from '@tanstack/react-query';
import { CircleAlert, CircleCheck, RefreshCw, TriangleAlert } from 'lucide-react';
import type { Told } from '../data/call.js';
import { counted } from '../data/format.js';
import { useRead, useWrite } from '../data/query.js';
import { Button } from '../parts/button.js';
import { Card } from '../parts/card.js';
import { Note } from '../parts/note.js';
import { Room } from '../parts/skeleton.js';
import { Time } from '../parts/time.js';
import { TroubleNote } from '../parts/trouble-note.js';

type Finding = Told<'GET /api/deliverability/doctor'>['findings'][number];

const checks: Readonly<Record<Finding['check'], string>> = {
  mail: 'The mails themselves',
  tls: 'The way to your mail server',
  dns: 'DNS',
  url: 'Links and unsubscribe',
  spf: 'SPF: who may send for you',
  dkim: 'DKIM: signatures',
  dmarc: 'DMARC: mails that only pretend',
  mx: 'MX: where replies go',
  ptr: 'PTR: the name of your server',
};

/** Whether mails will arrive, and what to do where they will not. */
export function DeliverabilityDoctor() {
  const client = useQueryClient();
  const { data, trouble, again } = useRead('GET /api/deliverability/doctor');
  const looking = useWrite('GET /api/deliverability/doctor', { refreshes: [], isQuiet: true });
  const look = async (): Promise<void> => {
    const told = await looking.send({ query: { anew: 'true' } });
    if (told) client.setQueryData(['GET /api/deliverability/doctor', {}], told);
  };
  if (!data) {
    return trouble ? (
      <TroubleNote trouble={trouble} again={again} />
    ) : (
      <>
        <p className="quiet" role="status">
          Looking at your mails, your server and DNS. This takes a few seconds.
        </p>
        <Room height="24rem" />
      </>
    );
  }
  const groups = Object.keys(checks).map((check) => data.findings.filter((one) => one.check === check));
  return (
    <>
      <Verdict findings={data.findings} />
      <div className="row spread">
        <p className="quiet">
          Looked <Time at={data.at} as="relative" />.
        </p>
        <Button icon={RefreshCw} isBusy={looking.isSending} onClick={() => void look()}>
          Look again
        </Button>
      </div>
      <TroubleNote trouble={looking.trouble ?? trouble} again={looking.trouble ? () => void look() : again} />
      {groups
        .filter(([first]) => first)
        .map((findings) => (
          <Card key={findings[0]?.check} title={findings[0] && checks[findings[0].check]}>
            <ul className="findings">
              {findings.map((finding, i) => (
                <Found key={i} finding={finding} />
              ))}
            </ul>
          </Card>
        ))}
    </>
  );
}

function Verdict({ findings }: { readonly findings: readonly Finding[] }) {
  const [bad, warn] = (['bad', 'warn'] as const).map((level) => findings.filter((one) => one.level === level).length);
  if (bad) return <Note tone="bad" title={`${counted(bad, 'thing')} to mend before mails arrive everywhere`} />;
  if (warn) return <Note tone="warn" title={`Mails should arrive; ${counted(warn, 'thing')} could be better`} />;
  return <Note tone="good" title="Nothing stands in the way of your mails" />;
}

const icons = { good: CircleCheck, warn: TriangleAlert, bad: CircleAlert } as const;
const words = { good: 'Good', warn: 'Could be better', bad: 'To be mended' } as const;

function Found({ finding: { about, level, what, mend } }: { readonly finding: Finding }) {
  const Icon = icons[level];
  return (
    <li className={level}>
      <Icon size={18} role="img" aria-label={words[level]} />
      <div>
        <p>
          <bdi className="about">{about}</bdi> {what}
        </p>
        {mend && <Mend text={mend} />}
      </div>
    </li>
  );
}

/** What to do; records stand on lines of their own, to be pasted. */
function Mend({ text }: { readonly text: string }) {
  const [first, ...records] = text.split('\n');
  return (
    <>
      <p className="mend">{first}</p>
      {records.map((record) => (
        <pre key={record} tabIndex={0} aria-label="Record to be pasted">
          {record}
        </pre>
      ))}
    </>
  );
}
