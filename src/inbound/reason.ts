import { isBeforeReader, type Phase } from './phase.js';
import { hardReasons, type Reason, reasonTexts } from './reason-texts.js';

/** What is known of one failure. */
export type Failure = {
  /** What the server said, in the order of trust: its own reply, then the program's sentence about it. */
  readonly words: readonly string[];
  readonly status?: string | undefined;
  /** When the server said no. */
  readonly phase?: Phase | undefined;
};

/** Why it failed, whether that makes the address dead, and what that was told by. */
export type Verdict = {
  readonly reason: Reason;
  readonly hard: boolean;
  readonly by: 'words' | 'code' | 'nothing';
  /** The words that told it. */
  readonly said?: string | undefined;
};

/** What programs add to any failure: asked only when nothing says more. */
const vague: ReadonlySet<Reason> = new Set(['system', 'mailer']);

/** Words beat codes: servers write 5.1.1 and 5.7.1 for everything. Nobody is unknown before being named. */
export function verdictOn(failure: Failure): Verdict {
  const found = firstVerdict(failure);
  const isAboutReader = found.reason === 'no-mailbox' || found.reason === 'no-domain' || found.reason === 'moved';
  return isAboutReader && isBeforeReader(failure.phase) ? { ...found, reason: 'sender-refused', hard: false } : found;
}

function firstVerdict({ words, status = '' }: Failure): Verdict {
  const told = words.map((said) => ({ said, reason: reasonIn(said) }));
  const plain = told.find(({ reason }) => reason && !vague.has(reason));
  const byCode = codeReasons.find(([code]) => code.test(status))?.[1];
  if (plain?.reason) return verdict(plain.reason, 'words', plain.said);
  if (byCode) return verdict(byCode, 'code');
  const [some] = told.filter(({ reason }) => reason);
  return some?.reason ? verdict(some.reason, 'words', some.said) : verdict('unknown', 'nothing');
}

function verdict(reason: Reason, by: Verdict['by'], said?: string): Verdict {
  return { reason, hard: hardReasons.has(reason), by, said };
}

function reasonIn(said: string): Reason | undefined {
  const text = said.slice(0, 3000).toLowerCase().replaceAll(/\s+/g, ' ');
  return reasonTexts.find(({ says }) => says.test(text))?.reason;
}

/** RFC 3463 §3, RFC 5248, RFC 7372, RFC 7505. What is not here says nothing about why. */
const codeReasons: readonly (readonly [RegExp, Reason])[] = [
  [/^\d\.1\.(?:1|3)$/, 'no-mailbox'],
  [/^\d\.1\.2$/, 'no-domain'],
  [/^\d\.1\.6$/, 'moved'],
  [/^\d\.1\.10$/, 'domain-takes-no-mail'],
  // RFC 7504 §4.
  [/^5\.3\.2$/, 'domain-takes-no-mail'],
  [/^\d\.1\.[789]$/, 'sender-refused'],
  [/^\d\.2\.1$/, 'suspended'],
  [/^\d\.2\.2$/, 'mailbox-full'],
  [/^\d\.(?:2\.3|3\.4)$/, 'too-large'],
  [/^5\.4\.4$/, 'no-domain'],
  [/^\d\.4\.6$/, 'loop'],
  [/^\d\.4\.7$/, 'expired'],
  [/^\d\.4\.\d+$/, 'network'],
  [/^\d\.3\.\d+$/, 'system'],
  [/^\d\.6\.\d+$/, 'content'],
  [/^\d\.7\.(?:2\d|50[0-9]|515)$/, 'authentication'],
  [/^\d\.7\.1$/, 'policy'],
  [/^\d\.7\.\d+$/, 'policy'],
];
