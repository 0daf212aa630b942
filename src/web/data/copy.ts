import { toast } from '../parts/toast.js';

/** Copies a text and says so, or what to do instead. */
export async function copy(text: string, { says, instead }: { readonly says: string; readonly instead: string }) {
  try {
    await navigator.clipboard.writeText(text);
    toast(says);
  } catch {
    // Browsers let pages at the clipboard over TLS alone, and on this machine.
    toast({ tone: 'bad', text: `This browser does not let the page copy it. ${instead}` });
  }
}
