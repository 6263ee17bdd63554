/**
 * A block: a life of every subject under one condition, measured in turn.
 *
 * With legs, all lives exist at the same time and are visited slice by slice: what the machine does
 * from one second to the next affects all of them equally (docs/METHOD.md has the data). Without,
 * each life is measured and ended before the next one starts.
 */
import { blockOrders } from '../plan/order.js';
import type { Plan, Slicing, Trial } from '../results/schema.js';
import { Life, type LifeTools, requireResuming, type Visit } from './life.js';
import type { Place } from './place.js';
import { SpanWatch } from './span.js';

/** A life to be measured, and with what. */
export interface Member {
  readonly place: Place;
  readonly tools: LifeTools;
}

/**
 * The trials of the members, in their order. Lives that do not overlap end with the first void one:
 * the block is spoilt. Rejects with Interrupted alone (and on impossible states).
 */
export async function runBlock(members: readonly Member[], slicing: Slicing): Promise<Trial[]> {
  if (slicing.legs.length > 0) return together(members, slicing);
  const trials: Trial[] = [];
  for (const member of members) {
    const alone = await together([member], slicing);
    trials.push(...alone);
    if (alone.some(({ status }) => status === 'void')) break;
  }
  return trials;
}

/** One life alone. */
export async function runLife(place: Place, tools: LifeTools, slicing: Slicing): Promise<Trial> {
  const alone = { ...slicing, legs: [] };
  const [trial] = await together([{ place, tools }], alone);
  return trial as Trial;
}

async function together(members: readonly Member[], slicing: Slicing): Promise<Trial[]> {
  const [first] = members;
  if (first === undefined) return [];
  const { place, tools } = first;
  requireResuming(tools.client, slicing);
  const lives = members.map((member) => new Life(member.place, member.tools, slicing));
  const bySubject = new Map(lives.map((life) => [life.subject, life]));
  try {
    for (const life of lives) await life.start();
    for (const life of lives) await life.open();
    for (const life of lives) await life.begin();
    const watch = new SpanWatch(tools);
    for (const visit of visitsOf([...bySubject.keys()], slicing, tools.plan, place)) {
      await bySubject.get(visit.subject)?.slice(visit);
    }
    const span = watch.end();
    for (const life of lives) await life.end();
    for (const life of lives) await life.stop();
    return lives.map((life) => life.trial(span));
  } finally {
    for (const life of lives) await life.kill();
  }
}

interface SubjectVisit extends Visit {
  readonly subject: string;
}

/**
 * Who is visited in which order: in each round every leg, in each leg every subject of it, both in
 * an order drawn from the seed; every second round mirrors the one before. Pure.
 */
export function visitsOf(
  subjects: readonly string[],
  { rounds, legs }: Slicing,
  { seed }: Pick<Plan, 'seed'>,
  { condition, block }: Pick<Place, 'condition' | 'block'>,
): SubjectVisit[] {
  const present = legs.map((leg) => leg.filter((id) => subjects.includes(id)));
  const all = present.length === 0 ? [subjects] : present.filter((leg) => leg.length > 0);
  const where = `${condition.id} block ${block}`;
  const names = all.map((_, leg) => String(leg));
  const legOrders = blockOrders(seed, `${where} legs`, names, rounds);
  const orders = all.map((leg, i) => blockOrders(seed, `${where} leg ${i}`, leg, rounds));
  const visits = legOrders.flatMap((order, round) =>
    order
      .map(Number)
      .flatMap((leg) => (orders[leg]?.[round] ?? []).map((subject) => ({ subject, round, leg }))),
  );
  const firsts = new Map(visits.toReversed().map((visit) => [visit.subject, visit]));
  const lasts = new Map(visits.map((visit) => [visit.subject, visit]));
  return visits.map((visit) => ({
    ...visit,
    isFirst: firsts.get(visit.subject) === visit,
    isLast: lasts.get(visit.subject) === visit,
  }));
}
