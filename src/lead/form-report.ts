import type { FormFile } from '../sequence/form-file.js';
import type { FormOutcome } from '../store/form-tallies.js';
import type { Store } from '../store/open-store.js';

/** A public form: where it is, and what has come of it. */
export type FormReport = {
  readonly name: string;
  readonly title: string;
  /** Its own page. */
  readonly page: string;
  /** Where it is sent to. */
  readonly action: string;
  /** What shows it on other sites. */
  readonly script: string;
  /** Forms that took effect: at once, or when their address was confirmed. */
  readonly taken: number;
  /** Mails that asked an address to confirm, and the confirmations that came; only of forms that ask. */
  readonly asked?: number;
  readonly confirmed?: number;
  /** What each defence refused. */
  readonly refused: Readonly<Record<string, number>>;
  readonly lastRefusedAt?: Date;
};

/** All forms by their names. */
export async function reportForms(
  { formTallies }: Pick<Store, 'formTallies'>,
  forms: ReadonlyMap<string, FormFile>,
  publicUrl: string,
): Promise<readonly FormReport[]> {
  const [tallies, outcomes] = await Promise.all([formTallies.all(), formTallies.outcomes()]);
  const countOf = (form: string, type: FormOutcome['type']): number =>
    outcomes.find((outcome) => outcome.form === form && outcome.type === type)?.count ?? 0;
  return [...forms].map(([name, { title, doubleOptIn }]) => {
    const { form: _, ...tally } = tallies.find(({ form }) => form === name) ?? { form: name, refused: {} };
    const asks = { asked: countOf(name, 'consent.asked'), confirmed: countOf(name, 'consent.granted') };
    return {
      name,
      title,
      ...addressesOf(name, publicUrl),
      taken: countOf(name, 'form.submitted'),
      ...(doubleOptIn ? asks : {}),
      ...tally,
    };
  });
}

/** Where a form is found. */
export function addressesOf(name: string, publicUrl: string) {
  const path = encodeURIComponent(name);
  return {
    page: `${publicUrl}/f/${path}`,
    action: `${publicUrl}/forms/${path}`,
    script: `${publicUrl}/f/${path}/embed.js`,
  };
}
