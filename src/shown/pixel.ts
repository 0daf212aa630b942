/** The mail without our open pixel and hidden link: who looks after a mail has not read it as its lead. */
export function withoutPixel(markup: string): string {
  return markup
    .replace(/<img\b[^>]*\/o\/[\w-]+\.gif[^>]*>/gi, '')
    .replace(/<a href="[^"]*\/c\/[\w-]+" style="display:none;mso-hide:all"[^>]*><\/a>/gi, '');
}
