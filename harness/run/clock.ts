/** How long a run still takes, from its plan and what its blocks have taken so far. */
import { blockMs } from '../plan/estimate.js';
import type { Plan } from '../results/schema.js';
import type { PlannedBlock } from './agenda.js';

export class Clock {
  readonly #plan: Plan;
  #plannedMs = 0;
  #takenMs = 0;

  constructor(plan: Plan) {
    this.#plan = plan;
  }

  /** Records how long a block took, ms. */
  note(block: PlannedBlock, durationMs: number): void {
    this.#plannedMs += this.#estimateMs([block]);
    this.#takenMs += durationMs;
  }

  /** For blocks that are still to be measured: the estimate, corrected by how the others went. */
  remainingMs(blocks: readonly PlannedBlock[]): number {
    const factor = this.#plannedMs === 0 ? 1 : this.#takenMs / this.#plannedMs;
    return Math.round(factor * this.#estimateMs(blocks));
  }

  #estimateMs(blocks: readonly PlannedBlock[]): number {
    const each = blocks.map(({ condition, places }) =>
      blockMs(
        this.#plan,
        condition,
        places.map(({ subject }) => subject),
      ),
    );
    return each.reduce((sum, ms) => sum + ms, 0);
  }
}
