import {
  Ban,
  CircleDot,
  FileText,
  Handshake,
  type LucideIcon,
  Mail,
  MailOpen,
  MessageSquareReply,
  MousePointerClick,
  TrendingUp,
  UserPlus,
  Workflow,
} from 'lucide-react';
import type { Tone } from './badge.js';

/** How a kind of event looks, and what it says of the lead: "entered a stage". */
export type Sight = { readonly icon: LucideIcon; readonly tone: Tone; readonly says: string };

const sights: Readonly<Record<string, Sight>> = {
  'lead.created': { icon: UserPlus, tone: 'accent', says: 'is a new lead' },
  'mail.accepted': { icon: Mail, tone: 'plain', says: 'was sent a mail, which the server took' },
  delivered: { icon: Mail, tone: 'plain', says: 'has the mail in the mailbox' },
  deferred: { icon: Mail, tone: 'plain', says: 'will get a mail later: the server put it off' },
  opened: { icon: MailOpen, tone: 'plain', says: 'opened a mail' },
  clicked: { icon: MousePointerClick, tone: 'good', says: 'clicked a link' },
  replied: { icon: MessageSquareReply, tone: 'good', says: 'replied' },
  'auto-replied': { icon: MessageSquareReply, tone: 'plain', says: 'answers by itself to be away' },
  bounced: { icon: Ban, tone: 'warn', says: 'did not get a mail: it bounced' },
  rejected: { icon: Ban, tone: 'warn', says: 'was sent nothing: the provider refused' },
  complained: { icon: Ban, tone: 'bad', says: 'reported a mail as spam' },
  unsubscribed: { icon: Ban, tone: 'warn', says: 'unsubscribed' },
  suppressed: { icon: Ban, tone: 'warn', says: 'gets no mail any more' },
  'stage.entered': { icon: TrendingUp, tone: 'accent', says: 'entered a stage' },
  'threshold.reached': { icon: TrendingUp, tone: 'good', says: 'reached a threshold of the score' },
  'threshold.left': { icon: TrendingUp, tone: 'plain', says: 'fell below a threshold of the score' },
  'form.submitted': { icon: FileText, tone: 'good', says: 'sent a form' },
  'asset.downloaded': { icon: FileText, tone: 'good', says: 'fetched a download' },
  'page.viewed': { icon: CircleDot, tone: 'plain', says: 'looked at a page' },
  converted: { icon: TrendingUp, tone: 'good', says: 'converted' },
  'handed-over': { icon: Handshake, tone: 'accent', says: 'was handed over to sales' },
  'owner.assigned': { icon: Handshake, tone: 'plain', says: 'has an owner' },
  'sales.answered': { icon: Handshake, tone: 'accent', says: 'was answered by sales' },
  'sequence.ended': { icon: Workflow, tone: 'plain', says: 'left a sequence' },
  'sequence.called': { icon: Workflow, tone: 'plain', says: 'was called into a sequence' },
  'lead.updated': { icon: CircleDot, tone: 'plain', says: 'has other values' },
  'lead.merged': { icon: CircleDot, tone: 'plain', says: 'took in another record' },
  'tag.added': { icon: CircleDot, tone: 'plain', says: 'got a tag' },
  'tag.removed': { icon: CircleDot, tone: 'plain', says: 'lost a tag' },
  'score.adjusted': { icon: TrendingUp, tone: 'plain', says: 'got other points' },
  'segment.entered': { icon: CircleDot, tone: 'plain', says: 'came into a segment' },
  'segment.left': { icon: CircleDot, tone: 'plain', says: 'left a segment' },
  'consent.granted': { icon: CircleDot, tone: 'good', says: 'agreed to mails' },
  'consent.withdrawn': { icon: Ban, tone: 'warn', says: 'withdrew consent' },
  'consent.asked': { icon: CircleDot, tone: 'plain', says: 'was asked to confirm the address' },
};

/** An event in the words of those who write mails; one of their own is named as they name it. */
export function sightOf({ type, hard }: { readonly type: string; readonly hard?: boolean | undefined }): Sight {
  const known = sights[type];
  if (type === 'bounced' && known) {
    return {
      ...known,
      ...(hard ? { tone: 'bad' as const } : {}),
      says: hard ? 'did not get a mail: the address is no good' : known.says,
    };
  }
  return known ?? { icon: CircleDot, tone: 'plain', says: `has “${type}”` };
}

/** An event of a journey, "stage.entered customer", as a line begins with it: "Entered a stage: customer". */
export function eventText({ what, step }: { readonly what: string; readonly step: string | null }): string {
  const [type = '', about] = what.split(/ (.*)/s);
  const { says } = sightOf({ type });
  const more = [step && `“${step}”`, about].filter(Boolean).join(', ');
  return `${says.charAt(0).toUpperCase()}${says.slice(1)}${more ? `: ${more}` : ''}`;
}

/** Why something was done: an event that was the reason, "stage.entered: customer", in words; every other reason as it is. */
export function reasonText(because: string): string {
  const [type = '', about] = because.split(/: (.*)/s);
  const known = sights[type];
  return known ? [known.says, about].filter(Boolean).join(': ') : because;
}

/** "+5 points" */
export function pointsInWords(points: number): string {
  return `${points > 0 ? '+' : ''}${points} points`;
}
