import type { ProviderName } from '../event/provider-names.js';
import { providers } from '../event/providers.js';
import type { ProviderCalls } from '../store/provider-calls.js';
import type { Store } from '../store/open-store.js';
import type { StrayTally } from '../store/stray-events.js';

/** How the webhook of one provider is set up, and what has come of it. */
export type WebhookReport = {
  readonly provider: ProviderName;
  readonly title: string;
  /** What is entered at the provider: for events, and for mails that it takes in. */
  readonly url: string;
  readonly inboundUrl?: string;
  /** The setting that turns it on. */
  readonly setting: string;
  readonly isSetUp: boolean;
  readonly calls: Omit<ProviderCalls, 'provider'>;
  /** What was about nobody here or not understood, by kind; of the last thirty days. */
  readonly strays: readonly Omit<StrayTally, 'source'>[];
};

const noCalls = { calls: 0, recorded: 0, known: 0, stray: 0, ignored: 0, refused: 0 };

/** All providers whose webhooks there are, those first that are set up. */
export async function reportWebhooks(
  { providerCalls, strays }: Pick<Store, 'providerCalls' | 'strays'>,
  webhookKeys: ReadonlyMap<ProviderName, string>,
  publicUrl: string,
): Promise<readonly WebhookReport[]> {
  const [calls, tallies] = await Promise.all([providerCalls.all(), strays.tally()]);
  const all = [...providers.values()].map(({ name, title, setting, readInbound }): WebhookReport => {
    const { provider: _, ...own } = calls.find(({ provider }) => provider === name) ?? { provider: name, ...noCalls };
    const url = `${publicUrl}/webhooks/${name}`;
    return {
      provider: name,
      title,
      url,
      ...(readInbound ? { inboundUrl: `${url}/inbound` } : {}),
      setting,
      isSetUp: webhookKeys.has(name),
      calls: own,
      strays: tallies.filter(({ source }) => source === name).map(({ source: __, ...tally }) => tally),
    };
  });
  return all.toSorted((a, b) => Number(b.isSetUp) - Number(a.isSetUp));
}
