/**
 * What an open load's arrivals are drawn from. Every block draws its own, so that blocks are
 * independent samples; the subjects of a block share theirs, so that each has to serve the same
 * requests at the same instants.
 */

/** The seed of a condition's arrivals in a block. `block` counts from 0. Pure. */
export function arrivalSeed(planSeed: string, conditionId: string, block: number): string {
  return `${planSeed}\n${conditionId}\n${block}`;
}
