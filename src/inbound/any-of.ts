/**
 * A pattern of many phrases, written over several lines: each line holds one or more of them with "|" between, and a blank
 * at the beginning or end of a line is none of theirs. `flags` as in a literal.
 */
export function anyOf(flags = ''): (phrases: TemplateStringsArray) => RegExp {
  return (phrases) => {
    const lines = String.raw(phrases).split('\n');
    const source = lines.map((line) => line.trim()).filter((line) => line !== '');
    return new RegExp(source.join('|'), flags);
  };
}
