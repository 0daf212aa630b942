import type { LeadEvent } from '../event/lead-event.js';

/** Fields in which other addresses of a lead stand: the one it asks for, and the one that its mails went to before. */
export const otherAddresses = ['newAddress', 'formerAddress'] as const;

/** What an event says of a lead's address. */
type AddressChange =
  | { readonly kind: 'fields'; readonly fields: Readonly<Record<string, string>> }
  | { readonly kind: 'address'; readonly from: string; readonly to: string };

/** What becomes of the address: asked for it is noted, confirmed or brought back it takes the place of the other. */
export function addressChanges({ type, about = '', data = {} }: LeadEvent): readonly AddressChange[] {
  const { from } = data;
  switch (type) {
    case 'address.asked':
      return [{ kind: 'fields', fields: { newAddress: about } }];
    case 'address.changed':
      if (typeof from !== 'string') return [];
      return [
        { kind: 'address', from, to: about },
        { kind: 'fields', fields: { formerAddress: from } },
      ];
    case 'address.restored':
      return typeof from === 'string' ? [{ kind: 'address', from, to: about }] : [];
    default:
      return [];
  }
}
