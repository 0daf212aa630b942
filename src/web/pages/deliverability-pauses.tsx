import { Pause, Play } from 'lucide-react';
import { useState } from 'react';
import { useRead, useWrite } from '../data/query.js';
import { useMay } from '../data/session.js';
import { Button } from '../parts/button.js';
import { Confirm } from '../parts/dialog.js';
import { Note } from '../parts/note.js';
import { Time } from '../parts/time.js';
import { TroubleNote } from '../parts/trouble-note.js';

/** What is held up, and the way to hold up everything. */
export function Pauses() {
  const { data, trouble, again } = useRead('GET /api/pauses', undefined, { every: 15_000 });
  const mayChange = useMay('sending:write');
  const [isAsking, setAsking] = useState(false);
  const pause = useWrite('PUT /api/pauses/:what', {
    says: 'Nothing goes out any more.',
    refreshes: ['GET /api/pauses'],
    isQuiet: true,
  });
  const leave = (): void => {
    pause.clear();
    setAsking(false);
  };
  const goOn = useWrite('DELETE /api/pauses/:what', { says: 'It goes on.', refreshes: ['GET /api/pauses'] });
  const all = data?.items ?? [];
  const isAll = all.some(({ of }) => of === 'everything');
  return (
    <>
      <TroubleNote title="Whether mails are held up is not known now" trouble={trouble} again={again} />
      {all.map(({ of, since, because, by }) => (
        <Note
          key={of}
          tone="warn"
          title={`${inWords(of)} is paused`}
          actions={
            mayChange && (
              <Button
                isSmall
                icon={Play}
                isBusy={goOn.isSending}
                onClick={() => void goOn.send({ params: { what: of } })}
              >
                Let it go on
              </Button>
            )
          }
        >
          <p>
            {because}, since <Time at={since} />
            {by === 'rivulet' && ', by Rivulet itself'}. Mails wait; nothing is lost.
          </p>
        </Note>
      ))}
      {mayChange && !isAll && data && (
        <Button icon={Pause} onClick={() => setAsking(true)}>
          Pause all mails
        </Button>
      )}
      <Confirm
        title="Pause all mails?"
        isOpen={isAsking}
        close={leave}
        does="Pause all mails"
        isDanger
        isBusy={pause.isSending}
        onYes={async () => {
          if (await pause.send({ params: { what: 'everything' }, body: {} })) leave();
        }}
      >
        <TroubleNote trouble={pause.trouble} />
        <p>Within a second no process hands over any mail. They wait, and go out once you let them go on.</p>
      </Confirm>
    </>
  );
}

function inWords(of: string): string {
  if (of === 'everything') return 'Everything';
  const [kind, name] = of.split(':');
  return `The ${kind} “${name}”`;
}
