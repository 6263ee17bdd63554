/**
 * The loopback floor beside every trial of a run: a load client that, before it opens a trial's
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
  #latest: Outcome | undefined;

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
        this.#latest = await this.#measure(load.connections);
        return client.open(load);
      },
    };
  }

  /** To be told of every event of the run: a trial that ends takes the floor before it along. */
  readonly onEvent = (event: RunEvent): void => {
    if (event.kind !== 'trial-end' || this.#latest === undefined) return;
    const { condition, block, subject } = event.trial;
    const { ok } = this.#latest;
    const found = ok ? { line: this.#latest.line } : { line: null, why: this.#latest.why };
    this.samples.push({ condition, block, subject, ...found });
    this.#latest = undefined;
  };
}
