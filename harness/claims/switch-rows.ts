/** The switch table of a run (evidence.switchCosts) as claims read it. */
import { SWITCH_ROWS, type SwitchCost } from '../results/evidence.js';
import type { Results } from '../results/schema.js';
import { number } from '../stats/words.js';
import { cannotHere, type Decision, type Figure, leftOpen } from './claim.js';

/** A row with an interval, whose switches were those expected where the kernel can count them. */
export interface CostRow {
  readonly name: string;
  readonly workingSetBytes: number;
  readonly ns: number;
  readonly lo: number;
  readonly hi: number;
}

export type RowKind = keyof typeof SWITCH_ROWS;

/** All good rows, or the decision to return because there is no table. */
export function switchRows({
  evidence,
}: Results):
  | { readonly rows: CostRow[]; readonly missing: null }
  | { readonly rows: null; readonly missing: Decision } {
  if (evidence === null) return { rows: null, missing: leftOpen('no switch was timed') };
  const { items, why } = evidence.switchCosts;
  if (items === null) return { rows: null, missing: cannotHere(`no switch was timed: ${why}`) };
  const rows = items.flatMap((item) => good(item));
  if (rows.length > 0) return { rows, missing: null };
  const reasons = items.flatMap((item) => item.why ?? []);
  const reason = reasons[0] ?? 'no row has an interval and the switches it expected';
  return { rows: null, missing: cannotHere(`no row of the switch table is good: ${reason}`) };
}

function good({ name, workingSetBytes, ns, lo, hi, verified }: SwitchCost): CostRow[] {
  if (ns === null || lo === null || hi === null || verified === false) return [];
  return [{ name, workingSetBytes, ns, lo, hi }];
}

/** Rows of a kind; with nothing touched between two switches unless anySet. */
export function rowsOf(
  rows: readonly CostRow[],
  kind: RowKind,
  { anySet = false }: { anySet?: boolean } = {},
): CostRow[] {
  const names: readonly string[] = SWITCH_ROWS[kind];
  return rows.filter(
    ({ name, workingSetBytes }) => names.includes(name) && (anySet || workingSetBytes === 0),
  );
}

/**
 * What a switch of a server's thread costs: it sleeps in read, as the pipe's does, so that row is
 * taken first. null without any.
 */
export function serverSwitch(rows: readonly CostRow[]): CostRow | null {
  const bare = rowsOf(rows, 'thread');
  const inOrder = SWITCH_ROWS.thread.flatMap((name) => bare.filter((row) => row.name === name));
  return inOrder[0] ?? null;
}

/** `thread-pipe 1.62 us (1.6 to 1.65 us, 95 %)`. */
export function rowText(row: CostRow): string {
  const us = (ns: number) => number(ns / 1000);
  return `${rowName(row)} ${us(row.ns)} us (${us(row.lo)} to ${us(row.hi)} us, 95 %)`;
}

export function rowName({ name, workingSetBytes }: CostRow): string {
  return workingSetBytes === 0 ? name : `${name} with ${bytesText(workingSetBytes)} touched`;
}

/** `16 KiB`, `1 MiB`. */
export function bytesText(bytes: number): string {
  return bytes >= 2 ** 20 ? `${number(bytes / 2 ** 20)} MiB` : `${number(bytes / 1024)} KiB`;
}

export function rowFigures(rows: readonly CostRow[]): Figure[] {
  return rows.map((row) => ({
    label: rowName(row),
    value: row.ns / 1000,
    lo: row.lo / 1000,
    hi: row.hi / 1000,
    unit: 'us',
  }));
}

export function rowSources(rows: readonly CostRow[]): string[] {
  return rows.map((row) => `switch costs: ${rowName(row)}`);
}
