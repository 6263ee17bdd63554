/** The place of a life in the plan. */
import type { Condition } from '../results/schema.js';

export interface Place {
  readonly subject: string;
  readonly condition: Condition;
  readonly block: number;
  readonly position: number;
  /** The block of the plan that this one repeats. */
  readonly replaces?: number;
}
