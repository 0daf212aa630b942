import { useState } from 'react';
import { useLocation } from 'wouter';
import { useNow } from '../data/now.js';
import { useRead, useWrite } from '../data/query.js';
import { Confirm, FormDialog } from '../parts/dialog.js';
import { Checkbox, Field, Select } from '../parts/field.js';
import { timeText } from '../parts/time.js';
import { toast } from '../parts/toast.js';
import { TroubleNote } from '../parts/trouble-note.js';
import type { LeadInFull } from './lead.js';
import { nameOf } from './leads.js';

export type Deed = 'enroll' | 'pause' | 'go-on' | 'suppress' | 'lift' | 'erase';
type DeedParts = { readonly lead: LeadInFull; readonly close: () => void };

/** What can be done with one lead, each asked for once more. */
export function LeadDeeds({ deed, ...rest }: DeedParts & { readonly deed: Deed | undefined }) {
  switch (deed) {
    case undefined:
      return null;
    case 'enroll':
      return <Enroll {...rest} />;
    case 'pause':
      return <Pause {...rest} />;
    case 'go-on':
      return <GoOn {...rest} />;
    case 'suppress':
      return <Suppress {...rest} />;
    case 'lift':
      return <Lift {...rest} />;
    case 'erase':
      return <Erase {...rest} />;
  }
}

const ofLeads = ['GET /api/leads'];

function Enroll({ lead, close }: DeedParts) {
  const [name, setName] = useState('');
  const { data } = useRead('GET /api/leads/choices');
  const { send, isSending, trouble } = useWrite('POST /api/sequences/:name/enroll', {
    refreshes: ofLeads,
    isQuiet: true,
  });
  const go = async (): Promise<void> => {
    const told = await send({ params: { name }, body: { lead: lead.id } });
    if (!told) return;
    toast(
      told.enrolled
        ? 'It is in the sequence now.'
        : 'The rules of the sequence keep it out. “Why these mails?” under Sequences tells which.',
    );
    close();
  };
  const options = [
    { value: '', label: 'Choose one' },
    ...(data?.sequences ?? []).map((one) => ({ value: one.name, label: one.title })),
  ];
  return (
    <FormDialog
      title={`Enroll ${nameOf(lead)}`}
      isOpen
      close={close}
      does="Enroll"
      send={go}
      isBusy={isSending}
      isOff={name === ''}
    >
      <TroubleNote trouble={trouble} />
      <p>The sequence’s own rules stay in force: whoever is in it, or may not come again, stays out.</p>
      <Select label="Sequence" value={name} options={options} onChange={({ target }) => setName(target.value)} />
    </FormDialog>
  );
}

const pauses = [
  { value: '7', label: 'a week' },
  { value: '14', label: 'two weeks' },
  { value: '30', label: '30 days' },
  { value: '90', label: '90 days' },
];
const dayMs = 86_400_000;

function Pause({ lead, close }: DeedParts) {
  const [days, setDays] = useState('14');
  const now = useNow();
  const until = new Date(now.getTime() + Number(days) * dayMs);
  const { send, isSending, trouble } = useWrite('PUT /api/leads/:id/preferences', {
    says: 'Its mail is paused',
    refreshes: ofLeads,
    isQuiet: true,
  });
  const go = async (): Promise<void> => {
    if (await send({ params: { id: lead.id }, body: { snoozedUntil: until.toISOString() } })) close();
  };
  return (
    <FormDialog
      title={`Pause the mail to ${nameOf(lead)}`}
      isOpen
      close={close}
      does={`Pause until ${timeText(until, 'day')}`}
      send={go}
      isBusy={isSending}
    >
      <TroubleNote trouble={trouble} />
      <p>
        No mail goes to it in that time; its runs wait and go on afterwards. The lead can end the pause on its own page.
      </p>
      <Select label="For" value={days} options={pauses} onChange={({ target }) => setDays(target.value)} />
    </FormDialog>
  );
}

function GoOn({ lead, close }: DeedParts) {
  const { send, isSending, trouble } = useWrite('PUT /api/leads/:id/preferences', {
    says: 'The pause is over',
    refreshes: ofLeads,
    isQuiet: true,
  });
  const go = async (): Promise<void> => {
    if (await send({ params: { id: lead.id }, body: { snoozedUntil: null } })) close();
  };
  return (
    <Confirm title="End the pause?" isOpen close={close} does="End the pause" isBusy={isSending} onYes={go}>
      <TroubleNote trouble={trouble} />
      <p>What waited for it goes on with the next look at its runs.</p>
    </Confirm>
  );
}

function Suppress({ lead, close }: DeedParts) {
  const [because, setBecause] = useState('');
  const { send, isSending, trouble } = useWrite('POST /api/suppressions', {
    says: 'This address gets no mail any more',
    isQuiet: true,
  });
  const go = async (): Promise<void> => {
    if (await send({ body: { address: lead.email, because: because.trim() } })) close();
  };
  return (
    <FormDialog
      title={`Stop all mail to ${nameOf(lead)}?`}
      isOpen
      close={close}
      does="Stop all mail"
      send={go}
      isBusy={isSending}
      isDanger
      isOff={because.trim() === ''}
    >
      <TroubleNote trouble={trouble} />
      <p>Its runs end, and nothing goes to this address until somebody lifts it.</p>
      <Field label="Why" value={because} maxLength={300} onChange={({ target }) => setBecause(target.value)} />
    </FormDialog>
  );
}

function Lift({ lead, close }: DeedParts) {
  const [because, setBecause] = useState('');
  const { send, isSending, trouble } = useWrite('DELETE /api/suppressions/:address', {
    says: 'Mail may go there again',
    isQuiet: true,
  });
  const go = async (): Promise<void> => {
    if (await send({ params: { address: lead.email }, query: { because: because.trim() } })) close();
  };
  return (
    <FormDialog
      title={`Let mail go to ${nameOf(lead)} again?`}
      isOpen
      close={close}
      does="Let mail go again"
      send={go}
      isBusy={isSending}
      isOff={because.trim() === ''}
    >
      <TroubleNote trouble={trouble} />
      <p>
        It was stopped: {lead.suppressed}.{' '}
        {lead.suppressed === 'unsubscribed' && 'Lift this only if the person asked for mail again.'} Runs that ended
        stay ended.
      </p>
      <Field label="Why" value={because} maxLength={300} onChange={({ target }) => setBecause(target.value)} />
    </FormDialog>
  );
}

function Erase({ lead, close }: DeedParts) {
  const [keeps, setKeeps] = useState(true);
  const [, go] = useLocation();
  const { send, isSending, trouble } = useWrite('DELETE /api/leads/:id', {
    refreshes: ['GET /api/leads/search', 'GET /api/leads/count'],
    isQuiet: true,
  });
  const erase = async (): Promise<void> => {
    const told = await send({ params: { id: lead.id }, query: { keepSuppressed: String(keeps) } });
    if (!told) return;
    toast(
      told.state === 'erased'
        ? 'Everything about this person is erased.'
        : 'It is being erased; that goes on by itself.',
    );
    go('/leads');
  };
  return (
    <Confirm
      title={`Erase ${nameOf(lead)}?`}
      isOpen
      close={close}
      does="Erase for good"
      isDanger
      typed={lead.email}
      isBusy={isSending}
      onYes={erase}
    >
      <TroubleNote trouble={trouble} />
      <p>
        Everything that Rivulet holds about this person goes: its fields, its events, its mails, its place in sequences.
        Nobody can bring it back.
      </p>
      <Checkbox
        label="Never mail this address again"
        hint="Of the address a keyed hash stays, which names nobody."
        checked={keeps}
        onChange={({ target }) => setKeeps(target.checked)}
      />
    </Confirm>
  );
}
