export type EventValue = string | number | boolean | readonly string[];

/** Something that happened to a lead, in Rivulet's words: a mail event, a site event, or a change Rivulet itself made. */
export type LeadEvent = {
  /** Dedupe key: the same happening, told twice, has the same id. */
  readonly id: string;
  readonly type: string;
  readonly lead: string;
  readonly at: Date;
  readonly source: string;
  /** A privacy proxy or link scanner did it: shown, but neither scored nor a condition. */
  readonly machine: boolean;
  /** Became known so long after it happened that it counts, and starts nothing: the moment to answer it is over. */
  readonly late?: boolean;
  /** What tells that it was a machine, for people to read. */
  readonly evidence?: readonly string[];
  /** What it was about: the link clicked, the form submitted, the page viewed, the stage entered. */
  readonly about?: string;
  readonly message?: string;
  readonly enrollment?: string;
  readonly sequence?: string;
  readonly step?: string;
  /** A bounce that says the address is no good. */
  readonly hard?: boolean;
  readonly points?: number;
  readonly why?: string;
  readonly data?: Readonly<Record<string, EventValue>>;
};

/** The trigger for a field that got another value: `field.changed:plan`, or any field. */
export const fieldChanged = 'field.changed';

/** The type of event that a trigger waits for. */
export function eventTypeOf(trigger: string): string {
  const [type = trigger] = trigger.split(':');
  return type === fieldChanged ? 'lead.updated' : type;
}

/** Whether an event is what a trigger names: `clicked`, `form.submitted:white-paper`, `clicked:https://…`. */
export function isTriggeredBy(trigger: string, event: Pick<LeadEvent, 'type' | 'about' | 'data' | 'machine'>): boolean {
  if (event.machine) return false;
  const colon = trigger.indexOf(':');
  // Fields change several at a time, in one event.
  if (trigger.startsWith(fieldChanged) && (colon < 0 ? trigger.length : colon) === fieldChanged.length) {
    const changed = event.type === 'lead.updated' ? Object.keys(event.data ?? {}) : [];
    return colon < 0 ? changed.length > 0 : changed.includes(trigger.slice(colon + 1));
  }
  if (colon < 0) return trigger === event.type;
  // Asked of every trigger of a project with every event: most are of another type, of which no text need be made.
  if (colon !== event.type.length || !trigger.startsWith(event.type)) return false;
  return isSameAbout(trigger.slice(colon + 1), event.about);
}

/** Links match without regard to their query and a closing slash; `*` at the end stands for any rest. */
export function isSameAbout(wanted: string, about: string | undefined): boolean {
  if (about === undefined) return false;
  if (wanted.endsWith('*')) return about.startsWith(wanted.slice(0, -1));
  return bare(wanted) === bare(about);
}

function bare(about: string): string {
  if (!/^https?:|^\//.test(about)) return about;
  return about.replace(/[?#].*$/, '').replace(/\/$/, '');
}
