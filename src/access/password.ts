/** The length is what guessing costs; rules about digits and capitals only lead to "Password1!" (NIST SP 800-63B §3.1.1.2). */
export const shortestPassword = 12;
/** Enough for a long sentence; hashing what is far longer would be work that a stranger gives us. */
const longestPassword = 200;
const fewestDifferent = 5;

export type Owner = { readonly email: string; readonly name?: string | undefined };

/** One way of writing it, whatever keyboard or program composed its accents. */
export function normalPassword(password: string): string {
  return password.normalize('NFKC');
}

/** What is wrong with a password that somebody chooses, with the mend; undefined when nothing is. */
export function flawOfPassword(password: string, owner: Owner): string | undefined {
  const text = normalPassword(password).toLowerCase();
  const length = Array.from(text).length;
  const words = letters(text);
  if (length < shortestPassword)
    return `it has ${length} characters and needs ${shortestPassword}: four words that do not belong together are easy to keep`;
  if (length > longestPassword) return `it is longer than ${longestPassword} characters`;
  if (new Set(text).size < fewestDifferent) return 'it is a few characters over and over: take more different ones';
  if (words === '') return 'it has no letters, as dates and telephone numbers have none: add words to it';
  if (obvious.some((word) => isMadeOf(words, word)) || rows.some((row) => isRun(words, row)))
    return 'it is one of those that are tried first: take words that do not belong together';
  if (namesOf(owner).some((name) => isMadeOf(words, name)))
    return 'it is your own address or name, which is tried first: take words that have nothing to do with you';
  return undefined;
}

/** Digits and signs around a word are the first thing that programs try. */
function letters(text: string): string {
  return text.replace(/[^\p{L}]/gu, '');
}

/** "password", "passwordpassword": a word, as often as one likes. */
function isMadeOf(words: string, word: string): boolean {
  return words === word.repeat(Math.round(words.length / word.length));
}

/** Keys beside each other. */
function isRun(words: string, row: string): boolean {
  return words.length > 3 && `${row}${row}`.includes(words);
}

function namesOf({ email, name = '' }: Owner): readonly string[] {
  const [local = '', domain = ''] = email.toLowerCase().split('@');
  const all = [email.toLowerCase(), local, domain, domain.split('.')[0] ?? '', name.toLowerCase()];
  return all.map(letters).filter((one) => one !== '');
}

const rows = [
  'qwertyuiopasdfghjklzxcvbnm',
  'qwertzuiopasdfghjklyxcvbnm',
  'azertyuiopqsdfghjklmwxcvbn',
  'abcdefghijklmnopqrstuvwxyz',
];

const obvious = [
  'password',
  'passwort',
  'motdepasse',
  'contraseña',
  'contrasena',
  'senha',
  'wachtwoord',
  'haslo',
  'admin',
  'administrator',
  'root',
  'login',
  'welcome',
  'letmein',
  'changeme',
  'secret',
  'iloveyou',
  'iloveyouso',
  'monkey',
  'dragon',
  'football',
  'baseball',
  'sunshine',
  'princess',
  'trustno',
  'test',
  'rivulet',
  'marketing',
  'newsletter',
  'correcthorsebatterystaple',
];
