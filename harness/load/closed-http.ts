/** The one kind of load that every client can make: HTTP on kept connections, closed loop. */

import { given } from '../optional.js';
import { type Load, LoadError, type LoadTarget } from './client.js';

export interface ClosedHttp {
  readonly target: LoadTarget;
  readonly connections: number;
  /** Requests in flight per connection, at least 1. */
  readonly pipeline: number;
  /** Path of the GET request, for example `/`. */
  readonly path: string;
  /** The body that every reply must have, byte for byte. */
  readonly expectedBody: Buffer;
  /** Load.drainMs. */
  readonly drainMs: number;
  /** CPUs of the generator's threads. */
  readonly cpus: readonly number[];
  /** Load.netns. */
  readonly netns?: string;
}

/** Throws a LoadError, in the name of the client, for any other kind. */
export function closedHttp(load: Load, client: string): ClosedHttp {
  const { target, connections, mode, exchange, drainMs, cpus, netns } = load;
  if (load.silent !== undefined) throw new LoadError(`${client} has no silent connections`);
  if (load.readBytesPerS !== undefined) throw new LoadError(`${client} does not read slowly`);
  if (load.upstreamFd !== undefined) throw new LoadError(`${client} plays no upstream`);
  if (mode.kind !== 'closed') throw new LoadError(`${client} makes no open load`);
  if (exchange.kind !== 'http') {
    throw new LoadError(`${client} makes no connection per request (${exchange.kind})`);
  }
  if (exchange.bodyBytes !== undefined) throw new LoadError(`${client} sends no bodies`);
  const { path, expectedBody } = exchange;
  const { pipeline } = mode;
  const common = { target, connections, pipeline, path, expectedBody, drainMs, cpus };
  return { ...common, ...given({ netns }) };
}
