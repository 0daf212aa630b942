import pc from 'picocolors';
import { FixableError } from '../errors.js';

/** Lines for the person who started the program. */
export function say(line: string): void {
  console.log(line);
}

/** Whoever reads only the first lines of a long list (`| head`) has what they wanted: that is no fault. */
export function endWithReader(): void {
  process.stdout.on('error', (error) => {
    if ('code' in error && error.code === 'EPIPE') process.exit(0);
    throw error;
  });
}

/** A fault of ours: shown whole, so that it can be reported, while the rest goes on. */
export function reportFault(error: unknown): void {
  console.error(pc.red('A fault in Rivulet itself:'), error);
}

/** Ends the program: with the mend alone where the operator can mend it, else with all there is. */
export function failWith(error: unknown): void {
  if (error instanceof FixableError) console.error(`${pc.red('✖')} ${error.message}`);
  else reportFault(error);
  process.exitCode = 1;
}

/** "1 sequence", "2 sequences". */
export function counted(count: number, one: string): string {
  return `${count} ${count === 1 ? one : `${one}s`}`;
}

/** "12 Oct 2026, 09:30" in a zone. */
export function instant(at: Date, timeZone: string): string {
  return new Intl.DateTimeFormat('en-GB', {
    timeZone,
    day: '2-digit',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
  }).format(at);
}

/** Words with what they mean, in lines of 80 characters. */
export function wordsOf(words: readonly { readonly name: string; readonly means: string }[]): string {
  const widest = Math.max(0, ...words.map(({ name }) => name.length));
  const lines = words.flatMap(({ name, means }) =>
    wrapped(means, 76 - widest).map((line, i) => `  ${(i === 0 ? name : '').padEnd(widest)}  ${line}`),
  );
  return lines.join('\n');
}

/** Text in lines of at most so many characters. */
export function wrapped(text: string, most: number): readonly string[] {
  const lines: string[] = [''];
  for (const word of text.split(' ')) {
    const last = lines.at(-1) ?? '';
    if (last === '') lines[lines.length - 1] = word;
    else if (last.length + word.length < most) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
