/**
 * gate.accept.json: losses that are known and accepted. An entry widens the margin of one row to
 * its size, until its date. An expired entry is an error, and so is one that its row does not need.
 */
import { z } from 'zod';
import type { Accepts } from './counts.js';
import { parseFile, refusal } from './parse.js';
import { type GateRow, rowKey } from './rows.js';

const entrySchema = z.strictObject({
  variant: z.string().min(1),
  /** For example keepalive-c64, or idle. */
  condition: z.string().min(1),
  metric: z.string().min(1),
  /** The loss that is accepted, relative: 0.12 is 12 % worse than the base. */
  size: z.number().positive().max(10),
  reason: z.string().min(10, 'say in a sentence why the loss is accepted'),
  /** The last day on which it holds, in UTC. */
  expires: z.iso.date(),
});
export type Acceptance = z.infer<typeof entrySchema>;

export const acceptFileSchema = z.strictObject({
  $schema: z.string().optional(),
  accept: z.array(entrySchema),
});

/** Name of the file in the repository's root; it is optional. */
export const ACCEPT_FILE = 'gate.accept.json';

/** The entries of the file. Throws UserError for a wrong, expired or repeated one. */
export function parseAccept(text: string, file: string, today: Date): Acceptance[] {
  const remedy = 'docs/GATE.md shows an entry';
  const { accept } = parseFile(acceptFileSchema, text, file, remedy);
  const day = today.toISOString().slice(0, 10);
  const expired = accept.filter(({ expires }) => expires < day);
  if (expired.length > 0) {
    const names = expired.map((entry) => `${rowKey(entry)} (until ${entry.expires})`);
    throw refusal(
      `${file} accepts losses whose time is over: ${names.join('; ')}`,
      'mend the loss and remove the entry, or give it a new date with a new reason',
    );
  }
  const keys = accept.map(rowKey);
  const twice = keys.find((key, i) => keys.indexOf(key) !== i);
  if (twice === undefined) return accept;
  throw refusal(`${file} accepts ${twice} twice`, 'leave one of the entries');
}

export function acceptsOf(entries: readonly Acceptance[]): Accepts {
  return (place) => entries.find((entry) => rowKey(entry) === rowKey(place))?.size;
}

/** Rows with the entries that their margins come from. */
export function withAccepted(rows: readonly GateRow[], entries: readonly Acceptance[]): GateRow[] {
  return rows.map((row) => {
    const entry = entries.find((one) => rowKey(one) === rowKey(row));
    if (entry === undefined) return row;
    const { size, reason, expires } = entry;
    return { ...row, accepted: { size, reason, expires } };
  });
}

/**
 * What is wrong with the entries, given the rows as they would be without any: a row that passes
 * needs no entry. Variants that this run did not measure are ignored.
 */
export function unusedEntries(
  entries: readonly Acceptance[],
  plainRows: readonly GateRow[],
): string[] {
  return entries.flatMap((entry) => {
    const key = rowKey(entry);
    const mine = plainRows.filter(({ variant }) => variant === entry.variant);
    const row = mine.find((one) => rowKey(one) === key);
    if (row?.verdict === 'pass') {
      return [`accepted without need: ${key} passes as it is; remove the entry`];
    }
    const isMissing = mine.length > 0 && row === undefined;
    return isMissing ? [`accepted, but there is no row ${key}`] : [];
  });
}
