/**
 * What every step of a run needs to measure: plan, client, placement, and the signal that ends it.
 */
import type { LoadClient } from '../load/client.js';
import type { Plan } from '../results/schema.js';
import type { RunLimits } from './limits.js';
import type { Network } from './network.js';
import type { OnEvent } from './progress.js';

export interface Bench {
  readonly plan: Plan;
  readonly client: LoadClient;
  readonly limits: RunLimits;
  /** Between client and server. */
  readonly network: Network;
  readonly onEvent: OnEvent;
  /** Ends the run early: what was measured is kept. Its reason may be the name of the signal. */
  readonly signal: AbortSignal;
}
