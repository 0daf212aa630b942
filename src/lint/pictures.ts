import type { Finding, Linted } from './finding.js';
import { placeAt, type Tag, tagsIn } from './markup.js';

const pictures = ['img', 'mj-image', 'mj-carousel-image'];

/** Pictures that say nothing to those who do not see them. */
export function findSilentPictures({ files }: Linted): readonly Finding[] {
  return [...files.templates.values()].flatMap(({ file, text }) =>
    tagsIn(text).flatMap((tag): readonly Finding[] => {
      const message = pictures.includes(tag.name) ? whatIsMissing(tag) : undefined;
      if (message === undefined) return [];
      const hint = 'Write alt="…" with what it tells, or alt="" if it is mere decoration.';
      return [
        {
          rule: 'no-alt-text',
          place: placeAt(file, text, tag.offset),
          message,
          hint: isLink(tag) ? 'Write alt="…" with where it leads.' : hint,
        },
      ];
    }),
  );
}

function whatIsMissing(tag: Tag): string | undefined {
  const alt = tag.attributes.get('alt')?.value;
  if (alt === undefined)
    return 'this picture has no alt text: where pictures are off, and to screen readers, it says nothing';
  if (alt.trim() === '' && isLink(tag))
    return 'this picture is a link, and without an alt text nobody can tell where to';
  return undefined;
}

function isLink({ attributes }: Tag): boolean {
  return Boolean(attributes.get('href')?.value);
}
