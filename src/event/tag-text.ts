/** JSON in ASCII, as headers want it (RFC 5322 §2.2); what is beyond is written as \uXXXX. */
export function asciiJson(value: unknown): string {
  return JSON.stringify(value).replaceAll(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** A name as a tag: of letters, digits, "_" and "-", which every provider takes, and not longer than any allows. */
export function tagText(name: string): string {
  return name.replaceAll(/[^\w-]/g, '-').slice(0, 60) || '-';
}
