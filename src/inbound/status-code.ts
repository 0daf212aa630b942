/** An enhanced status code (RFC 3463 §2) that is no part of an IP address or a version. */
const enhanced = /(?<![\d.])([245]\.[0-7]\.\d{1,3})(?!\.?\d)/g;

/** Codes in what a server said, in their order. */
export function statusCodesIn(text: string): readonly string[] {
  return [...text.slice(0, 4000).matchAll(enhanced)].flatMap(([, code = '']) => code);
}

/** Whether a code says more than success or failure: 5.0.0 and 5.5.0 stand in every second report and mean nothing. */
export function isSpecific(code: string): boolean {
  return !/^\d\.(?:0\.0|5\.0|3\.0|1\.0|2\.0|7\.0|4\.0)$/.test(code);
}

/** The code that says most, out of several in the order of their trust. */
export function bestStatus(codes: readonly string[]): string | undefined {
  return codes.find(isSpecific) ?? codes.find((code) => !code.endsWith('.0.0')) ?? codes[0];
}

/** The basic code that a server opens its reply with, RFC 5321 §4.2. */
export function replyCodeIn(text: string): string | undefined {
  return /(?:^|[\s:;("'<[-])([45][0-5]\d)(?=[\s\-:,#]|$)/.exec(text.slice(0, 4000))?.[1];
}
