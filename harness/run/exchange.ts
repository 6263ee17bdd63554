/**
 * What a condition's clients ask and must get, byte for byte, and how the server is started for
 * them. Pure.
 */
import type { Exchange, Load } from '../load/client.js';
import { given } from '../optional.js';
import type { Condition } from '../results/schema.js';
import { asksOf, type Workload } from '../results/workloads.js';

/** In which mode a server is started for a workload. */
export { modeOf } from '../results/workloads.js';

/** The body of `GET /`, `/work` and `/sleep`; the whole greeting; what an upstream answers. */
export const GREETING = Buffer.from('I am server!');

/** Whether its server asks an upstream. */
export function needsUpstream(workload: Workload): boolean {
  return asksOf(workload).upstream === true;
}

/** `--upstream` as the server takes it; empty without a port. */
export function upstreamArgs(port: number | undefined): string[] {
  return port === undefined ? [] : ['--upstream', `127.0.0.1:${port}`];
}

/** `body`: the body of the answer to `/`, for servers that declare another. */
export function exchangeOf(workload: Workload, body = GREETING): Exchange {
  const { path, bodyBytes, upstream, replyBytes } = asksOf(workload);
  if (path === undefined) return { kind: 'greeting', expected: GREETING };
  const own = upstream ? GREETING : body;
  const expectedBody = replyBytes === undefined ? own : alphabet(replyBytes);
  return { kind: 'http', path, ...given({ bodyBytes }), expectedBody };
}

/** The body of `/bytes?n=`: the alphabet again and again. */
export function alphabet(bytes: number): Buffer {
  return Buffer.alloc(bytes, 'abcdefghijklmnopqrstuvwxyz');
}

/** The clients of a condition, but for where the server is. */
export function clientsOf(
  condition: Condition,
  body = GREETING,
): Pick<Load, 'connections' | 'mode' | 'exchange' | 'silent' | 'readBytesPerS'> {
  const { connections, load } = condition;
  const { silent, readBytesPerS } = asksOf(condition);
  return {
    connections,
    mode: load,
    exchange: exchangeOf(condition, body),
    ...given({ silent, readBytesPerS }),
  };
}
