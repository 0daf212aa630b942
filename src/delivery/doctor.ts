/** What one check found. `warn`: mails arrive, and it should be better; `bad`: mails will be refused or lost. */
export type Finding = {
  readonly check: 'dns' | 'spf' | 'dkim' | 'dmarc' | 'mx' | 'ptr' | 'tls' | 'url' | 'mail';
  /** The domain, server or mail that it is about. */
  readonly about: string;
  readonly level: 'good' | 'warn' | 'bad';
  readonly what: string;
  /** What to do about it; records stand on lines of their own, to be pasted. */
  readonly mend?: string;
};

/** What the checks ask of DNS. Nothing there is an empty list; no answer at all is an error. */
export type Dns = {
  /** The strings of each record joined, as receivers read them. */
  readonly txt: (name: string) => Promise<readonly string[]>;
  readonly mx: (domain: string) => Promise<readonly { readonly exchange: string; readonly priority: number }[]>;
  readonly addresses: (host: string) => Promise<readonly string[]>;
  readonly names: (address: string) => Promise<readonly string[]>;
};

export type Check = Finding['check'];

/** Findings of one check about one thing. */
export function about(check: Check, subject: string) {
  const found =
    (level: Finding['level']) =>
    (what: string, mend?: string): Finding => ({
      check,
      about: subject,
      level,
      what,
      ...(mend === undefined ? {} : { mend }),
    });
  return { good: found('good'), warn: found('warn'), bad: found('bad') };
}

/** A check that DNS leaves without an answer says so, and does not end the others. */
export async function asked(
  check: Check,
  subject: string,
  run: () => Promise<readonly Finding[]>,
): Promise<readonly Finding[]> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error;
    return [about(check, subject).warn(`not checked: ${error.message}`, 'Try again when DNS answers')];
  }
}

/** DNS could not say yes or no. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
}
