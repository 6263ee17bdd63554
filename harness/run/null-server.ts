/**
 * A load on a server of known behaviour: the addon's null server, a thread of the harness on the
 * server's CPUs, measured by the run's own client.
 */
import { addon, type NullServerOptions } from '../load/addon.js';
import type { Load, LoadWindow } from '../load/client.js';
import { Interrupted, sleep, unlessAborted } from '../server/wait.js';
import type { Bench } from './bench.js';
import { GREETING } from './exchange.js';

export interface NullLoad {
  readonly server: NullServerOptions;
  readonly load: Pick<Load, 'connections' | 'mode' | 'exchange'>;
  readonly warmupMs: number;
  readonly windowMs: number;
}

export type NullOutcome =
  | { readonly ok: true; readonly window: LoadWindow }
  | { readonly ok: false; readonly why: string };

export const HTTP = { kind: 'http', path: '/', expectedBody: GREETING } as const;

/** Measures one window; a failure becomes a reason. Rejects with Interrupted. */
export async function measureNull(input: Bench, asked: NullLoad): Promise<NullOutcome> {
  const { plan, signal, client, limits } = input;
  try {
    const server = addon().startNullServer(plan.placement.serverCpus, asked.server);
    try {
      const session = await client.open({
        ...asked.load,
        target: { host: '127.0.0.1', port: server.port },
        seed: `${plan.seed} calibration`,
        durationMsMax: asked.warmupMs + asked.windowMs + SLACK_MS,
        drainMs: limits.drainMs,
        cpus: plan.placement.clientCpus,
      });
      try {
        session.start();
        await sleep(asked.warmupMs, signal);
        session.openWindow();
        await sleep(asked.windowMs, signal);
        session.closeWindow();
        return { ok: true, window: await unlessAborted(signal, session.pause()) };
      } finally {
        await session.close();
      }
    } finally {
      server.stop();
    }
  } catch (error) {
    if (error instanceof Interrupted || !(error instanceof Error)) throw error;
    return { ok: false, why: error.message };
  }
}

const SLACK_MS = 5000;
