/**
 * The loopback floor with every trial of a run: a load client that, before it opens a trial's
 * connections, measures the floor for as many connections, on the server's CPU, while the server
 * waits. So every block has floors of its own, next to the trials that are compared with them.
 */
import type { LoadClient } from '../load/client.js';
import type { RunEvent } from '../run/progress.js';
import type { Outcome } from './programs.js';
import type { FloorSample } from './schema.js';

export class FloorMeter {
  readonly samples: FloorSample[] = [];
  readonly #measure: (connections: number) => Promise<Outcome>;
  /** Of the block that is being measured, in the order in which its trials were opened. */
  #waiting: Outcome[] = [];

  constructor(measure: (connections: number) => Promise<Outcome>) {
    this.#measure = measure;
  }

  /** The same client, with the floor before each opening. */
  wrap(client: LoadClient): LoadClient {
    return {
      kind: client.kind,
      version: client.version,
      limits: client.limits,
      resumes: client.resumes,
      open: async (load) => {
        this.#waiting.push(await this.#measure(load.connections));
        return client.open(load);
      },
    };
  }

  /**
   * Must get every event of the run: a block opens all its trials before the first of them ends,
   * and each takes the floor before it along. A trial that never opened takes the floor of the next
   * one in its block, never of another block.
   */
  readonly onEvent = (event: RunEvent): void => {
    if (event.kind === 'trial-start') this.#waiting = [];
    if (event.kind !== 'trial-end') return;
    const outcome = this.#waiting.shift();
    if (outcome === undefined) return;
    const { condition, block, subject } = event.trial;
    const found = outcome.ok ? { line: outcome.line } : { line: null, why: outcome.why };
    this.samples.push({ condition, block, subject, ...found });
  };
}
