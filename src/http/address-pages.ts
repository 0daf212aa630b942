import type { Brand } from '../message/brand.js';
import { html } from './html.js';
import { addressed, leadPage, messagePage } from './lead-pages.js';

/** What a reader of the mail to a new address is asked. Of the lead it says nothing: its reader may be somebody else. */
export function confirmAddressPage(brand: Brand, address: string): string {
  return leadPage(
    'Shall the mails come here?',
    brand,
    html`<p>Somebody has asked ${brand.name} to send their mails to ${addressed(address)} from now on.</p>
<form method="post" action="?choice=confirm"><button class="primary">Yes, send them here</button></form>
<p class="quiet">It was not you? Then close this page: nothing changes.</p>`,
  );
}

/** What a reader of the mail to the former address is asked. Where the mails go now, it does not say. */
export function restoreAddressPage(brand: Brand, address: string): string {
  return leadPage(
    'Your mails go to another address',
    brand,
    html`<p>On a page that a mail to ${addressed(address)} leads to, somebody has asked ${brand.name} to send its mails elsewhere.</p>
<form method="post" action="?choice=restore"><button class="primary">That was not me: send them here again</button></form>
<p class="quiet">It was you? Then close this page: all is as you wanted it.</p>`,
  );
}

export function addressTakenPage(brand: Brand, address: string): string {
  return leadPage(
    'It is done',
    brand,
    html`<p role="status">From now on ${brand.name} sends the mails to ${addressed(address)}.</p>`,
  );
}

/** Why it was not done is not said: it would tell who else gets mails. */
export function addressNotTakenPage(brand: Brand): string {
  return messagePage(
    brand,
    'This link does nothing any more',
    'It is too old, was used before, or this address cannot be used. The mails go where they went before. Ask again, or write to us.',
  );
}
