/**
 * What a pilot finds before rates are chosen: the throughput of each server under its closed load.
 */
import { UserError } from '../errors.js';
import type { Pilot } from '../results/pilot.js';

/** Closed trials of each subject. */
export const CAPACITY_ROUNDS = 2;

/** Capacities that are known. Throws UserError when none is. */
export function knownCapacities({ capacities }: Pick<Pilot, 'capacities'>): {
  subject: string;
  perS: number;
}[] {
  const known = capacities.flatMap(({ subject, perS }) =>
    perS === null ? [] : [{ subject, perS }],
  );
  if (known.length > 0) return known;
  const output = capacities.map(({ subject, why }) => `${subject}: ${why}`).join('\n');
  const remedy = 'mend what is named below; `npm run doctor` says how quiet the machine is';
  throw new UserError('The pilot measured no server', remedy, { output });
}
