/** Where a row was measured: its condition, by the words that rows have for it. */
import { given } from '../optional.js';
import { type Condition, type Plan, placeKey, type RowPlace } from './schema.js';

/** The condition as rows name it. */
export function placeOf(condition: Condition) {
  const { workload, parameters, connections } = condition;
  return { workload, ...given({ parameters }), connections, load: loadText(condition) };
}

/** The condition that a row is of. Throws for a row of another plan. */
export function conditionAt({ conditions }: Plan, row: RowPlace): Condition {
  const found = conditions.find((one) => placeKey(placeOf(one)) === placeKey(row));
  if (found === undefined) throw new Error(`no condition of ${row.load}, ${row.connections}`);
  return found;
}

/** Ids of the subjects that take part in a condition, in the order of its first block. */
export function takersOf({ conditions, order }: Plan, condition: Condition): readonly string[] {
  return [...new Set(order[conditions.indexOf(condition)]?.flat())];
}

/** `closed`, `closed, pipeline 8`, `open 20000/s`, or `open 20000/s, fixed interval`. */
export function loadText({ load }: Condition): string {
  if (load.kind === 'open') {
    return `open ${load.ratePerS}/s${load.arrivals === 'fixed' ? ', fixed interval' : ''}`;
  }
  return load.pipeline === 1 ? load.kind : `${load.kind}, pipeline ${load.pipeline}`;
}
