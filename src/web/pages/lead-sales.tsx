import { useState } from 'react';
import { money } from '../data/format.js';
import { useRead, useWrite } from '../data/query.js';
import { useMay } from '../data/session.js';
import { at } from '../data/trouble.js';
import { Badge } from '../parts/badge.js';
import { Button } from '../parts/button.js';
import { Card } from '../parts/card.js';
import { Empty } from '../parts/empty.js';
import { Field, Fields, Select, TextArea } from '../parts/field.js';
import { Skeleton } from '../parts/skeleton.js';
import { Time } from '../parts/time.js';
import { TroubleNote } from '../parts/trouble-note.js';
import { type LeadInFull, zoneOf } from './lead.js';

const answers = [
  { value: 'contacted', label: 'We talked' },
  { value: 'not-reachable', label: 'Could not be reached' },
  { value: 'still-interested', label: 'Interested, but not now' },
  { value: 'not-interested', label: 'Not interested' },
  { value: 'won', label: 'Won' },
  { value: 'lost', label: 'Lost' },
];
const worthSaying = ['won', 'lost'];

/** What sales said of a lead, and a place to say more. */
export function LeadSales({ lead }: { readonly lead: LeadInFull }) {
  const maySay = useMay('sales:write');
  const { data, trouble, again } = useRead('GET /api/leads/:id/sales-answers', { params: { id: lead.id } });
  if (trouble && !data) return <TroubleNote trouble={trouble} again={again} />;
  if (!data) return <Skeleton lines={6} />;
  const { owner } = lead.attributes;
  return (
    <>
      {maySay && <AnswerForm lead={lead} />}
      <Card title="What sales said" {...(owner ? { tells: `It is looked after by ${String(owner)}` } : {})}>
        {data.items.length === 0 ? (
          <Empty title="Sales has not said anything of this lead yet" />
        ) : (
          <ul className="why-list">
            {data.items.map(({ id, at: when, answer, by, value, currency, note, counts, isTakenBack }) => (
              <li key={id}>
                <span>
                  {counts ? (
                    <Badge tone="accent">stands</Badge>
                  ) : isTakenBack ? (
                    <Badge>taken back</Badge>
                  ) : (
                    <Badge>before</Badge>
                  )}
                </span>
                <span>
                  <strong>{answers.find((one) => one.value === answer)?.label ?? answer}</strong>
                  {value !== undefined && `, ${currency ? money(value, currency) : value}`}
                  {note && <>: {note}</>}
                  <span className="under">
                    {by ?? 'somebody'}, <Time at={when} zone={zoneOf(lead)} />
                  </span>
                </span>
              </li>
            ))}
          </ul>
        )}
      </Card>
    </>
  );
}

function AnswerForm({ lead: { id } }: { readonly lead: LeadInFull }) {
  const [answer, setAnswer] = useState('');
  const [value, setValue] = useState('');
  const [currency, setCurrency] = useState('');
  const [note, setNote] = useState('');
  const { send, isSending, trouble } = useWrite('POST /api/leads/:id/sales-answers', {
    says: 'Noted',
    refreshes: ['GET /api/leads'],
    isQuiet: true,
  });
  const hasWorth = worthSaying.includes(answer) && value !== '';
  const go = async (): Promise<void> => {
    const worth = hasWorth ? { value: Number(value), ...(currency ? { currency: currency.toUpperCase() } : {}) } : {};
    const told = await send({
      params: { id },
      body: { answer, ...worth, ...(note.trim() ? { note: note.trim() } : {}) },
    });
    if (!told) return;
    setAnswer('');
    setValue('');
    setNote('');
  };
  return (
    <Card title="What became of it?">
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void go();
        }}
      >
        <Fields>
          <Select
            label="Answer"
            value={answer}
            options={[{ value: '', label: 'Choose one' }, ...answers]}
            error={at(trouble, '/answer')}
            onChange={({ target }) => setAnswer(target.value)}
          />
          {worthSaying.includes(answer) && (
            <>
              <Field
                label="Worth"
                type="number"
                min="0"
                step="any"
                value={value}
                error={at(trouble, '/value')}
                onChange={({ target }) => setValue(target.value)}
              />
              <Field
                label="Currency"
                maxLength={3}
                placeholder="EUR"
                value={currency}
                error={at(trouble, '/currency')}
                onChange={({ target }) => setCurrency(target.value)}
              />
            </>
          )}
        </Fields>
        <TextArea
          label="Note"
          rows={2}
          maxLength={1000}
          value={note}
          error={at(trouble, '/note')}
          onChange={({ target }) => setNote(target.value)}
        />
        <TroubleNote trouble={trouble} shownAt={['/answer', '/value', '/currency', '/note']} />
        <div className="actions">
          <Button type="submit" look="primary" isBusy={isSending} disabled={answer === ''}>
            Save
          </Button>
        </div>
      </form>
    </Card>
  );
}
