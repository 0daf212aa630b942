/** What came of handing a mail to a transport. */
export type Handover =
  /** The server took responsibility. */
  | { readonly kind: 'accepted'; readonly reply: string }
  /** The server said "later". */
  | { readonly kind: 'deferred'; readonly reply: string; readonly isGreylisted: boolean }
  /** The server said no for good. `isAddressBad`: the mailbox does not exist, so never try it again. */
  | { readonly kind: 'rejected'; readonly reply: string; readonly isAddressBad: boolean }
  /** Nothing was handed over: the server cannot be used now. Not an attempt of the mail. */
  | { readonly kind: 'unavailable'; readonly reply: string }
  /** Handed over whole, and then no answer came. Nobody can know. */
  | { readonly kind: 'uncertain'; readonly reply: string };

export type Parcel = {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly subject: string;
  readonly at: Date;
  readonly mime: Buffer;
};

/** A way for mails to leave. `connections` of them can be on their way at one time. */
export type Transport = {
  /** In words, for the start-up line. */
  readonly name: string;
  readonly connections: number;
  readonly deliver: (parcel: Parcel) => Promise<Handover>;
  /** Why it cannot be used now; undefined when it can. */
  readonly check: () => Promise<string | undefined>;
  readonly stop: () => Promise<void>;
};
