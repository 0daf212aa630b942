/** An answer of the mail server that is no yes; smtp-server adds the enhanced code of it (RFC 3463). */
export function refusal(responseCode: number, text: string): Error {
  return Object.assign(new Error(text), { responseCode });
}
