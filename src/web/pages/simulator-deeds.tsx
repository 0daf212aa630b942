import { Plus, X } from 'lucide-react';
import { useState } from 'react';
import { useRead } from '../data/query.js';
import { Button } from '../parts/button.js';
import { Card } from '../parts/card.js';
import { Field, Fields, Select } from '../parts/field.js';
import { Menu } from '../parts/menu.js';
import { type Deed, inWords, mailDeeds } from './simulator-script.js';

type MailDeedsParts = {
  /** "welcome/hello". */
  readonly mail: string;
  readonly links: readonly string[];
  readonly deeds: readonly Deed[];
  readonly onDeed: (deed: Deed) => void;
  readonly onDrop: (place: number) => void;
};

/** What the lead does with a mail: chosen from a list, and taken back with a press. */
export function MailDeeds({ mail, links, deeds, onDeed, onDrop }: MailDeedsParts) {
  const chosen = deeds.flatMap((deed, place) => (deed.at.endsWith(` after ${mail}`) ? [{ deed, place }] : []));
  const choices = mailDeeds.flatMap(({ event, label, after }) => {
    const at = `${after} after ${mail}`;
    const targets = event === 'clicked' && links.length > 1 ? links : [undefined];
    return targets.map((link) => ({
      label: link === undefined ? label : `clicks ${short(link)}`,
      onChoose: () => onDeed({ at, event, ...(link === undefined ? {} : { link }) }),
    }));
  });
  return (
    <>
      {chosen.map(({ deed, place }) => (
        <DeedChip key={place} deed={deed} text={labelOf(deed)} onDrop={() => onDrop(place)} />
      ))}
      <Menu label="The lead …" choices={choices} />
    </>
  );
}

function labelOf({ event, link }: Deed): string {
  const label = mailDeeds.find((deed) => deed.event === event)?.label ?? event;
  return link ? `clicks ${short(link)}` : label;
}

function short(link: string): string {
  const text = link.replace(/^https?:\/\//, '');
  return text.length > 48 ? `${text.slice(0, 47)}…` : text;
}

function DeedChip({ deed, text, onDrop }: { readonly deed: Deed; readonly text: string; readonly onDrop: () => void }) {
  return (
    <span className="deed" title={inWords(deed)}>
      {text}
      <button type="button" aria-label={`Take back: ${inWords(deed)}`} onClick={onDrop}>
        <X size={14} aria-hidden />
      </button>
    </span>
  );
}

const kinds = [
  { value: 'page.viewed', label: 'looks at a page', about: 'The page', example: '/pricing' },
  { value: 'form.submitted', label: 'sends a form', about: 'The form', example: 'booking' },
  { value: 'converted', label: 'buys', about: '', example: '' },
  { value: 'lead.updated', label: 'has another field', about: 'Field = value', example: 'jobTitle = Buyer' },
  { value: '', label: 'something else', about: 'The event', example: 'plan.started' },
] as const;

/** What else happens on the way: a form, a page, a purchase, an event of one's own. */
export function OtherDeeds({
  deeds,
  mails,
  onDeed,
  onDrop,
}: Pick<MailDeedsParts, 'deeds' | 'onDeed' | 'onDrop'> & { readonly mails: ReadonlySet<string> }) {
  const { data } = useRead('GET /api/completions');
  const [kind, setKind] = useState<string>('page.viewed');
  const [at, setAt] = useState('after 3 days');
  const [about, setAbout] = useState('');
  const shape = kinds.find(({ value }) => value === kind) ?? kinds[0];
  const forms = data?.names.forms ?? [];
  const others = deeds.flatMap((deed, place) =>
    mails.has(deed.at.split(' after ')[1] ?? '') ? [] : [{ deed, place }],
  );
  const add = (): void => {
    const deed = deedOf(kind, at.trim(), about.trim() || (kind === 'form.submitted' ? (forms[0] ?? '') : ''));
    if (!deed) return;
    onDeed(deed);
    setAbout('');
  };
  return (
    <Card title="What else happens" tells="What the lead does with a mail is chosen at the mail.">
      {others.length > 0 && (
        <p className="row">
          {others.map(({ deed, place }) => (
            <DeedChip key={place} deed={deed} text={inWords(deed)} onDrop={() => onDrop(place)} />
          ))}
        </p>
      )}
      <form
        onSubmit={(event) => {
          event.preventDefault();
          add();
        }}
      >
        <Fields>
          <Field
            label="When"
            hint="“after 3 days”, “day 4 10:00”, “tuesday 10:00”"
            value={at}
            onChange={({ target }) => setAt(target.value)}
          />
          <Select
            label="The lead …"
            options={kinds.map(({ value, label }) => ({ value, label }))}
            value={kind}
            onChange={({ target }) => {
              setKind(target.value);
              setAbout('');
            }}
          />
          {kind === 'form.submitted' && forms.length > 0 ? (
            <Select
              label={shape.about}
              options={forms.map((form) => ({ value: form, label: form }))}
              value={about || forms[0]}
              onChange={({ target }) => setAbout(target.value)}
            />
          ) : (
            shape.about && (
              <Field
                label={shape.about}
                placeholder={shape.example}
                value={about}
                onChange={({ target }) => setAbout(target.value)}
              />
            )
          )}
        </Fields>
        <Button type="submit" icon={Plus} isSmall>
          Add
        </Button>
      </form>
    </Card>
  );
}

/** What was put together; undefined where something is missing. */
function deedOf(kind: string, at: string, about: string): Deed | undefined {
  if (at === '') return undefined;
  if (kind === '') return about === '' ? undefined : { at, event: about };
  if (kind === 'converted') return { at, event: kind };
  if (about === '') return undefined;
  if (kind !== 'lead.updated') return { at, event: kind, about };
  const [name = '', ...value] = about.split('=');
  return { at, event: kind, data: { [name.trim()]: value.join('=').trim() } };
}
