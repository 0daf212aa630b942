import { type Engine, recordEvent } from '../engine.js';
import { idFrom } from '../event/id.js';

/** A file that was handed out by a link. `evidence`: by what it is told that a machine asked. */
export type Download = {
  readonly ticket: string;
  readonly lead: string;
  readonly asset: string;
  readonly evidence: readonly string[] | undefined;
};

/** Records that a lead got an asset: once for each link and day, and what machines fetch apart. Answers whether it is new. */
export function recordDownload({ ticket, lead, asset, evidence }: Download, engine: Engine): Promise<boolean> {
  const at = engine.now();
  const id = idFrom('asset.downloaded', ticket, at.toISOString().slice(0, 10), ...(evidence ? ['machine'] : []));
  const event = {
    id,
    type: 'asset.downloaded',
    lead,
    at,
    source: 'site',
    about: asset,
    machine: evidence !== undefined,
  };
  return recordEvent({ ...event, ...(evidence ? { evidence } : {}) }, engine);
}
