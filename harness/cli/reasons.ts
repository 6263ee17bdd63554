/** Why cells are empty, gathered while a table is filled, so that one reason is printed once. */
import { METRICS, type MetricName } from '../results/metrics.js';
import type { Condition, RunHeader } from '../results/schema.js';

/** Beyond this many places a list says less than its length. */
const PLACES_SHOWN = 3;
/** A row that lacks this many things lacks everything. */
const EVERYTHING = 4;

/** What a cell lacks. */
export type Missing = MetricName | 'ratio' | 'interval';

export class Reasons {
  readonly #rows: number;
  /** Reason -> what it concerns -> places, in the order they came. */
  readonly #found = new Map<string, { what: Set<string>; places: Set<string> }>();

  constructor({ plan, subjects }: Pick<RunHeader, 'plan' | 'subjects'>) {
    const known = new Set(subjects.map(({ id }) => id));
    const planned = plan.order.flatMap((blocks) => [...new Set(blocks.flat())]);
    this.#rows = planned.filter((id) => known.has(id)).length;
  }

  /** `what` is missing for a subject in a condition. */
  note(what: Missing, subject: string, condition: Condition, why: string): void {
    const reason = inGeneral(why);
    const entry = this.#found.get(reason) ?? { what: new Set(), places: new Set() };
    entry.what.add(isMetric(what) ? (METRICS[what].short ?? what) : what);
    entry.places.add(`${subject} ${shortPlace(condition)}`);
    this.#found.set(reason, entry);
  }

  /** `-  p99 of go-net at 64: fewer than 1000 samples`, one line per reason. */
  lines(): string[] {
    return [...this.#found].map(([why, { what, places }]) => {
      const things = what.size < EVERYTHING ? `${[...what].join(', ')} of ` : '';
      return `-  ${things}${this.#where([...places])}: ${why}`;
    });
  }

  #where(places: readonly string[]): string {
    if (places.length === this.#rows) return 'every row';
    const shown = places.slice(0, PLACES_SHOWN).join(', ');
    const more = places.length - PLACES_SHOWN;
    return more > 0 ? `${shown} and ${more} more` : shown;
  }
}

/** `at 64` of the usual load, else with the condition's id. */
export function shortPlace({ workload, load, connections, id }: Condition): string {
  return workload === 'keepalive' && load.kind === 'closed' ? `at ${connections}` : `in ${id}`;
}

function isMetric(what: Missing): what is MetricName {
  return what !== 'ratio' && what !== 'interval';
}

/**
 * Without what differs from row to row, so that equal reasons are equal; results.json has it. The
 * number of blocks is in the title of each section, and `>=` marks what is "at least this".
 */
function inGeneral(why: string): string {
  const parts = why
    .split('; ')
    .map((part) => part.replace(/^in \d+ of \d+ trials: /, 'in some trials '));
  const causes = parts.filter(
    (part) =>
      !/planned blocks have both trials ok|^no median: |^(in some trials )?at least this/.test(
        part,
      ),
  );
  return [...new Set(causes.length > 0 ? causes : parts)].join('; ');
}
