/** One thing wrong with what was sent, and where in its body (RFC 6901). */
export type FieldTrouble = { readonly pointer: string; readonly detail: string };

/** An answer that is a problem (RFC 9457), or no answer at all (status 0). */
export class Trouble extends Error {
  override readonly name = 'Trouble';
  readonly status: number;
  readonly fields: readonly FieldTrouble[];
  /** All that was answered, for problems that say more than others. */
  readonly body: unknown;

  constructor(status: number, detail: string, fields: readonly FieldTrouble[] = [], body?: unknown) {
    super(detail);
    this.status = status;
    this.fields = fields;
    this.body = body;
  }
}

/** What was thrown, as a sentence that people can do something with. */
export function troubleOf(thrown: unknown): Trouble {
  if (thrown instanceof Trouble) return thrown;
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  return new Trouble(0, `${text}. Load the page again; if it stays so, it is a fault of Rivulet.`);
}

/** What is wrong with the field at `pointer` (such as "/email"); undefined: nothing. */
export function at(trouble: Trouble | null | undefined, pointer: string): string | undefined {
  return trouble?.fields.find((field) => isUnder(field.pointer, pointer))?.detail;
}

/** The troubles that belong to none of these fields: they are told above the form. */
export function elsewhere(trouble: Trouble, pointers: readonly string[]): readonly FieldTrouble[] {
  return trouble.fields.filter((field) => !pointers.some((pointer) => isUnder(field.pointer, pointer)));
}

function isUnder(pointer: string, above: string): boolean {
  return pointer === above || pointer.startsWith(`${above}/`);
}
