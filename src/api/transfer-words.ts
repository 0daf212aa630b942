/** How a file may be written in which leads come. */
export const encodings = ['utf-8', 'windows-1252', 'utf-16le', 'utf-16be'] as const;
export type Encoding = (typeof encodings)[number];

/** Which comes first in dates such as 03/04/2026. */
export const dateOrders = ['dmy', 'mdy'] as const;
export type DateOrder = (typeof dateOrders)[number];

/** As what leads are given out. */
export const exportFormats = ['csv', 'json', 'jsonl'] as const;

/** Where audiences go. */
export const platforms = ['google', 'meta', 'linkedin'] as const;
export type Platform = (typeof platforms)[number];
