import pc from 'picocolors';
import { audience, type AudienceWish } from '../transfer/audience.js';
import { withMembers, writeOut } from './export.js';
import { counted } from './terminal.js';

type AudienceOptions = {
  readonly for: AudienceWish['platform'];
  readonly purpose?: string;
  readonly out?: string;
};

/** Writes a segment as the file that an ad platform takes, and says who is not in it. */
export async function exportAudience(segment: string, { for: platform, purpose, out }: AudienceOptions): Promise<void> {
  await withMembers(async (tools) => {
    const { text, counts } = audience({ segment, platform, purpose }, tools);
    await writeOut(text, out);
    const { included, denied, suppressed } = counts;
    const agreed = purpose ? `agreed to ${purpose}` : 'agreed';
    console.error(
      `${pc.green('✔')} ${counted(included, 'lead')} for ${platform}. Left out: ${denied} who have not ${agreed}, ${suppressed} who are suppressed.`,
    );
  });
}
