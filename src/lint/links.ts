import { composeMail, isMail } from '../message/template-source.js';
import type { Finding, Linted } from './finding.js';
import { whyDead } from './href.js';
import { placeAt, type Tag, tagsIn } from './markup.js';

type Source = { readonly file: string; readonly text: string; readonly tags: readonly Tag[] };

/** Links that lead nowhere, and pictures that are not there. */
export function findDeadLinks(linted: Linted): readonly Finding[] {
  const { files } = linted;
  const sources = [...files.templates.values()].map((source) => ({ ...source, tags: tagsIn(source.text) }));
  return [
    ...sources.flatMap((source) => source.tags.flatMap((tag) => deadIn(tag, source, linted))),
    ...deadAnchors(sources, linted),
    ...missingLogo(linted),
  ];
}

/** What names an address without leading anybody there. */
const noLinks = ['mj-font', 'link', 'mj-include', 'mjml'];

function deadIn(tag: Tag, { file, text }: Source, { project }: Linted): readonly Finding[] {
  if (noLinks.includes(tag.name)) return [];
  const found = (offset: number, message: string, hint: string): Finding => {
    return { rule: 'dead-link', place: placeAt(file, text, offset), message, hint };
  };
  const href = tag.attributes.get('href');
  if (!href && tag.name === 'mj-button')
    return [found(tag.offset, 'this button has no "href" and leads nowhere', 'Write href="https://…".')];
  const addresses = [href, ...['src', 'background-url'].map((name) => tag.attributes.get(name))];
  return addresses.flatMap((address) => {
    const why = address && whyDead(address.value, { isPicture: address !== href, website: project.brand.website });
    return why ? [found(address.offset, why.message, why.hint)] : [];
  });
}

/** Links to a place in the same mail, which some mail that they stand in does not have. */
function deadAnchors(sources: readonly Source[], { files }: Linted): readonly Finding[] {
  const jumps = sources.flatMap((source) =>
    source.tags.flatMap(({ attributes }) => {
      const href = attributes.get('href');
      return href && /^#[^\s{]/.test(href.value.trim()) ? [{ source, href, anchor: href.value.trim().slice(1) }] : [];
    }),
  );
  if (jumps.length === 0) return [];
  const mails = [...files.templates.keys()].filter(isMail).map((name) => {
    const { lines } = composeMail(name, files.templates);
    const tags = tagsIn(lines.map((line) => line.text).join('\n'));
    const anchors = new Set(tags.flatMap(({ attributes }) => ['id', 'name'].map((key) => attributes.get(key)?.value)));
    return { name, anchors, files: new Set(lines.map((line) => line.file)) };
  });
  return jumps.flatMap(({ source, href, anchor }): readonly Finding[] => {
    const lacking = mails.find((mail) => mail.files.has(source.file) && !mail.anchors.has(anchor));
    if (!lacking) return [];
    const message = `nothing in the mail "${lacking.name}" has the id "${anchor}" that this link leads to`;
    const hint = `Write <p id="${anchor}"> where it should lead, or take the link away.`;
    return [{ rule: 'dead-link', place: placeAt(source.file, source.text, href.offset), message, hint }];
  });
}

/** The logo, where it is not under templates/. What forms hand out is no part of a mail, and is checked with the forms. */
function missingLogo({ project, files, assets }: Linted): readonly Finding[] {
  const { logo } = project.brand;
  if (/^https?:/i.test(logo) || assets.has(logo.replace(/^\.?\//, ''))) return [];
  const message = `there is no file templates/${logo}`;
  const place = { file: files.brand.file, path: ['logo'] };
  return [{ rule: 'dead-link', place, message, hint: 'Put it there, or name one that is.' }];
}
