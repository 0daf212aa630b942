import { quoted } from '../diagnostic.js';
import { fillOf, type MergeData } from '../message/merge.js';
import { type Finding, type Linted, placeIn } from './finding.js';
import { sentMails } from './mails.js';
import { typicalData } from './sample.js';

const mostCharacters = 60;
/** What a phone held upright shows of a subject, in the mail programs that show least. */
const onPhones = 40;

/** Subjects of which most readers never see the end. */
export function findLongSubjects(linted: Linted): readonly Finding[] {
  const { brand, fields } = linted.project;
  const typical = typicalData(brand, fields);
  return sentMails(linted).flatMap(({ program, step }): readonly Finding[] => {
    const filled = Array.from(filledSubject(step.subject, typical));
    if (filled.length <= mostCharacters) return [];
    const seen = filled.slice(0, onPhones).join('').trimEnd();
    const values = step.subject.includes('{{') ? ' with usual values' : '';
    return [
      {
        rule: 'subject-too-long',
        place: placeIn(program, [...step.path, 'subject']),
        message: `this subject has ${filled.length} characters${values}; more than ${mostCharacters} are cut by most mail programs`,
        hint: `Phones show about ${onPhones}: ${quoted(`${seen}…`)}`,
      },
    ];
  });
}

function filledSubject(subject: string, data: MergeData): string {
  const filled = subject.includes('{{') ? fillOf(subject)(data) : subject;
  return filled.trim().replace(/\s+/g, ' ');
}
