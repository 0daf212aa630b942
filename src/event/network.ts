/** An internet address as a number; one of version 4 that is written as version 6 is of version 4. */
type Address = { readonly bits: 32 | 128; readonly value: bigint };

/** All addresses that begin with the same bits. */
export type Network = { readonly address: Address; readonly prefix: number; readonly text: string };

/** Longer than any address or network is written. */
const longest = 64;

/** Reads `192.0.2.0/24`, `2001:db8::/32` or one address; undefined for what is none, or has bits set behind its prefix. */
export function readNetwork(text: string): Network | undefined {
  if (text.length > longest) return undefined;
  const [, written = '', length] = /^([^/%]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const address = readAddress(written);
  if (!address) return undefined;
  // `::ffff:192.0.2.0/120` counts the 96 bits before the address of version 4 (RFC 4291 §2.5.5.2).
  const before = address.bits === 32 && written.includes(':') ? 96 : 0;
  const prefix = length === undefined ? address.bits : Number(length) - before;
  if (prefix < 0 || prefix > address.bits) return undefined;
  return (address.value & behind(address, prefix)) === 0n ? { address, prefix, text } : undefined;
}

/** Whether an address, as it was parsed, lies within a network. */
export function isWithin(ip: Address, { address, prefix }: Network): boolean {
  return ip.bits === address.bits && (ip.value ^ address.value) >> BigInt(ip.bits - prefix) === 0n;
}

/** Reads an address of version 4 or 6; undefined for what is none. */
export function readAddress(text: string): Address | undefined {
  if (text.length > longest) return undefined;
  if (!text.includes(':')) return readVersion4(text);
  // The zone of a link-local address says which cable it came through (RFC 4007 §11).
  const groups = groupsOf(text.split('%')[0] ?? '');
  if (!groups) return undefined;
  const value = groups.reduce((sum, group) => (sum << 16n) | BigInt(group), 0n);
  return value >> 32n === 0xffffn ? { bits: 32, value: value & 0xffff_ffffn } : { bits: 128, value };
}

/**
 * An address without the part that tells households apart: 24 bits of version 4 stay, 48 of version 6. Empty for what is
 * no address.
 */
export function shortened(text: string): string {
  const address = readAddress(text);
  if (!address) return '';
  if (address.bits === 32) {
    const bytes = [24n, 16n, 8n].map((shift) => (address.value >> shift) & 0xffn);
    return `${bytes.join('.')}.0/24`;
  }
  const groups = [112n, 96n, 80n].map((shift) => ((address.value >> shift) & 0xffffn).toString(16));
  return `${groups.join(':')}::/48`;
}

function behind({ bits }: Address, prefix: number): bigint {
  return (1n << BigInt(bits - prefix)) - 1n;
}

/** Four decimal numbers. With a leading zero some read them as octal, so that nobody knows which address is meant. */
function readVersion4(text: string): Address | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^(?:0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255))
    return undefined;
  return { bits: 32, value: parts.reduce((sum, part) => (sum << 8n) | BigInt(part), 0n) };
}

/** The eight groups of RFC 4291 §2.2: `::` stands once for as many zeros as are missing, and the end may be of version 4. */
function groupsOf(text: string): readonly number[] | undefined {
  const [head = '', tail, ...more] = text.split('::');
  if (more.length > 0) return undefined;
  const [before, after] = [readGroups(head, tail === undefined), readGroups(tail ?? '', true)];
  if (!before || !after) return undefined;
  const missing = 8 - before.length - after.length;
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined;
  return [...before, ...Array.from({ length: missing }, () => 0), ...after];
}

/** `isEnd`: nothing follows, so that the last group may be an address of version 4. */
function readGroups(text: string, isEnd: boolean): readonly number[] | undefined {
  if (text === '') return [];
  const written = text.split(':');
  const groups: number[] = [];
  for (const [i, group] of written.entries()) {
    const last = isEnd && i === written.length - 1 && group.includes('.') ? readVersion4(group) : undefined;
    if (last) groups.push(Number(last.value >> 16n), Number(last.value & 0xffffn));
    else if (/^[\da-f]{1,4}$/i.test(group)) groups.push(Number.parseInt(group, 16));
    else return undefined;
  }
  return groups;
}
