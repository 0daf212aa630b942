/** A mistake the operator can fix. Bugs stay plain Errors; a bounced mail is a result, not an error. */
export class FixableError extends Error {
  override readonly name = 'FixableError';
  readonly code: string;

  constructor(at: { code: string; where: string; what: string; fix: string }, options?: ErrorOptions) {
    super(`${at.where}: ${at.what}. ${at.fix}`, options);
    this.code = at.code;
  }
}
