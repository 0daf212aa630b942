import { toast } from '../parts/toast.js';
import { callAny } from './call.js';
import { troubleOf } from './trouble.js';

/** Asks for a file by a call that sends what is meant, and lets the browser keep it. */
export async function saveFile(name: string, body: object, fileName: string): Promise<void> {
  try {
    const text: string = await callAny(name, { body });
    const address = URL.createObjectURL(new Blob([text], { type: 'text/csv' }));
    const link = Object.assign(document.createElement('a'), { href: address, download: fileName });
    link.click();
    URL.revokeObjectURL(address);
  } catch (error) {
    toast({ tone: 'bad', text: troubleOf(error).message });
  }
}
