import type { EventValue } from '../event/lead-event.js';
import { type Address, parseAddress } from '../message/address.js';
import { type AddressKind, addressKindOf } from '../message/address-kind.js';
import { shownAddress } from '../message/shown-address.js';
import type { FormFile } from '../sequence/form-file.js';
import { builtInFields, type FieldType } from '../sequence/lead-file.js';
import { nearAddress } from './near-domain.js';
import { type FormField, readField } from './read-field.js';
import { firstOf, type Sent } from './sent.js';

/**
 * Something to be put right before a form can be sent. `at`: the name of the field, or the purpose of a consent. `asks`: it
 * is only the question whether this address was meant; sent along the next time, the form goes as it is. `refuses`: the form
 * takes no such addresses.
 */
export type Mistake = {
  readonly at: string;
  readonly of: 'field' | 'consent';
  readonly text: string;
  readonly asks?: string;
  readonly refuses?: true;
};

/** What a form says, as far as it could be read. */
export type Answers = {
  readonly address: Address;
  readonly fields: Readonly<Record<string, EventValue>>;
  readonly agreed: readonly string[];
};
export type ReadAnswers =
  | { readonly kind: 'answers'; readonly answers: Answers }
  | { readonly kind: 'mistakes'; readonly mistakes: readonly Mistake[] };

/** Types of the fields of leads, as the project declares them. */
export type DeclaredFields = ReadonlyMap<string, FieldType> | undefined;

/** Under this name stand the purposes whose boxes were ticked. */
export const consentName = 'consent';
/** The address that somebody was asked about already. Programs that never heard of the question are not asked: they could not answer. */
export const askedName = '_asked';

/** Reads what was sent against the form's file. All that is wrong is told at once; what the form does not ask is passed over. */
export function readAnswers(sent: Sent, form: FormFile, declared: DeclaredFields): ReadAnswers {
  const email = readEmail(sent, form);
  const others = form.fields.filter(({ name }) => name !== 'email');
  const read = others.map((field) => ({ field, ...readOne(field, sent, declared) }));
  const mistakes: readonly Mistake[] = [
    ...('mistake' in email ? [email.mistake] : []),
    ...read.flatMap(({ field, wrong }) => (wrong ? [{ at: field.name, of: 'field' as const, text: wrong }] : [])),
    ...missingConsent(form, sent),
  ];
  if (mistakes.length > 0 || !('address' in email)) return { kind: 'mistakes', mistakes: inOrderOf(form, mistakes) };
  const values = read.flatMap(({ field, value }) => (value === undefined ? [] : [[field.name, value] as const]));
  const fields = Object.fromEntries(values);
  return { kind: 'answers', answers: { address: email.address, fields, agreed: agreedIn(form, sent) } };
}

/** Mistakes as the form's fields follow each other, consent last. */
function inOrderOf({ fields }: FormFile, mistakes: readonly Mistake[]): readonly Mistake[] {
  const placeOf = ({ at, of }: Mistake): number =>
    of === 'field' ? fields.findIndex(({ name }) => name === at) : fields.length;
  return mistakes.toSorted((a, b) => placeOf(a) - placeOf(b));
}

type ReadEmail = { readonly address: Address } | { readonly mistake: Mistake };

/** The question comes before a refusal: lists of throw-away domains hold many a misspelt one. */
function readEmail(sent: Sent, { refuse = [] }: FormFile): ReadEmail {
  const typed = firstOf(sent, 'email')?.trim() ?? '';
  const mistaken = (text: string, more: Pick<Mistake, 'asks' | 'refuses'> = {}): ReadEmail => ({
    mistake: { at: 'email', of: 'field', text, ...more },
  });
  if (typed === '') return mistaken('Please write your e-mail address.');
  const result = parseAddress(typed);
  if (!result.ok) return mistaken(`This cannot be used: ${result.problem}.`);
  const { address, key } = result.value;
  const asked = firstOf(sent, askedName);
  const near = asked === undefined || asked === key ? undefined : nearAddress(result.value);
  if (near) {
    const text = `Did you mean ${shownAddress(near)}? If not, press the button again; it goes as it is.`;
    return mistaken(text, { asks: key });
  }
  const kind = addressKindOf(address);
  const isRefused = refuse.some((refused) => refused === kind);
  return isRefused ? mistaken(refusalOf[kind], { refuses: true }) : { address: result.value };
}

const refusalOf: Readonly<Record<AddressKind, string>> = {
  disposable: 'This is an address of a service for throw-away mailboxes. Please use one that you keep.',
  free: 'This is an address of a free mail provider. Please use the one that you have at work.',
  role: 'This address is read by several people. Please use one of your own.',
  company: 'This address cannot be used here. Please use another one.',
};

type OneRead = { readonly value?: EventValue | undefined; readonly wrong?: string };

function readOne(field: FormField, sent: Sent, declared: DeclaredFields): OneRead {
  const answer = readField(field, declaredType(field.name, declared), sent.get(field.name) ?? []);
  if ('wrong' in answer) return answer;
  return answer.value === undefined && field.required ? { wrong: emptyText(field) } : answer;
}

/** The type that a field of leads is declared with; where no file declares any, all are texts. */
export function declaredType(name: string, declared: DeclaredFields): FieldType {
  return builtInFields[name] ?? declared?.get(name) ?? 'text';
}

function emptyText({ type }: FormField): string {
  return type === 'choice' || type === 'yes/no' ? 'Please choose.' : 'Please fill this in.';
}

/** Purposes in the order of the form. */
function agreedIn({ consent = [] }: FormFile, sent: Sent): readonly string[] {
  const ticked = sent.get(consentName) ?? [];
  return consent.map(({ purpose }) => purpose).filter((purpose) => ticked.includes(purpose));
}

function missingConsent(form: FormFile, sent: Sent): readonly Mistake[] {
  const agreed = agreedIn(form, sent);
  return (form.consent ?? []).flatMap(({ purpose, required }) =>
    required && !agreed.includes(purpose)
      ? [{ at: purpose, of: 'consent', text: 'Without this the form cannot be sent. Please tick it if you agree.' }]
      : [],
  );
}
