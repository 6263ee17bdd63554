/**
 * The dose-response: the callback server with k thread hand-offs injected into each request.
 * Between these subjects nothing differs but the hand-offs, so the slope of their CPU per request
 * over their switches per request is what one more switch costs a server.
 */
import { modelOf } from '../../results/roles.js';
import type { Condition, Results, Subject } from '../../results/schema.js';
import type { Interval } from '../../stats/interval.js';
import { hodgesLehmann } from '../../stats/signed-rank.js';
import { slopeOf } from '../../stats/slope.js';
import { plainSeries } from './samples.js';
import { subjectPoints } from './second-estimate.js';

const FLAG = '--inject-handoffs';
const FEWEST_DOSES = 3;

interface Dose {
  readonly subject: string;
  /** Hand-offs per request. */
  readonly handoffs: number;
}

export interface DoseResponse {
  readonly condition: Condition;
  readonly doses: readonly Dose[];
  /** us of CPU per switch: centre and 95 % interval of the blocks' slopes. */
  readonly slope: Interval;
}

/** Subjects of the callback model by dose, the plain one included; empty without injected ones. */
export function dosesOf({ header }: Results): Dose[] {
  const model = modelOf('callback');
  const found = header.subjects
    .filter((subject) => subject.model === model && subject.aaOf === undefined)
    .flatMap((subject) => {
      const handoffs = handoffsOf(subject);
      return handoffs === null ? [] : [{ subject: subject.id, handoffs }];
    })
    .sort((a, b) => a.handoffs - b.handoffs);
  return found.length >= FEWEST_DOSES ? found : [];
}

/** null for a subject with flags that do something else. */
function handoffsOf({ args }: Subject): number | null {
  if (args.length === 0) return 0;
  return args.length === 2 && args[0] === FLAG ? Number(args[1]) : null;
}

/** The response under the plain condition with most connections that has all doses. */
export function doseResponse(results: Results): DoseResponse | null {
  const doses = dosesOf(results);
  if (doses.length === 0) return null;
  const responses = plainSeries(results).flatMap((condition) => {
    const points = doses.flatMap(({ subject }) => subjectPoints(results, condition, subject));
    const blocks = [...new Set(points.map(({ block }) => block))];
    const slopes = blocks.flatMap((block) => {
      const mine = points.filter((point) => point.block === block);
      const slope = mine.length === doses.length ? slopeOf(mine) : null;
      return slope === null ? [] : [slope];
    });
    return slopes.length === 0 ? [] : [{ condition, doses, slope: hodgesLehmann(slopes) }];
  });
  return responses.at(-1) ?? null;
}
