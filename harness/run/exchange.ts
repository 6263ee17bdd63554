/**
 * What a condition's clients ask and must get, byte for byte, and how the server is started for
 * them. Pure.
 */
import type { Exchange, Load } from '../load/client.js';
import { given } from '../optional.js';
import { needOf } from '../plan/workloads.js';
import type { Condition, Workload } from '../results/schema.js';

/** The body of `GET /`, `/work` and `/sleep`; the whole greeting; what an upstream answers. */
export const GREETING = Buffer.from('I am server!');

/** The mode that a server is started in for a workload (docs/PROTOCOL.md, section 1). */
export function modeOf(workload: Workload): 'http' | 'greeting' {
  return needOf(workload).mode;
}

/** Whether its server asks an upstream. */
export function needsUpstream({ workload }: Workload): boolean {
  return workload === 'relay';
}

/** `--upstream` as the server takes it; empty without a port. */
export function upstreamArgs(port: number | undefined): string[] {
  return port === undefined ? [] : ['--upstream', `127.0.0.1:${port}`];
}

/** `body`: that of the answer to `/`, for servers that declare another. */
export function exchangeOf({ workload, parameters = {} }: Workload, body = GREETING): Exchange {
  const http = (path: string, expectedBody: Buffer = body) =>
    ({ kind: 'http', path, expectedBody }) as const;
  switch (workload) {
    case 'keepalive':
    case 'idle':
      return http('/');
    case 'greeting':
      return { kind: 'greeting', expected: GREETING };
    case 'relay':
      return http('/relay', GREETING);
    case 'bulk':
      return http(`/bytes?n=${parameters.replyBytes}`, alphabet(parameters.replyBytes ?? 0));
    case 'work':
      return http(`/work?us=${parameters.workUs}`);
    case 'sleep':
      return http(`/sleep?ms=${parameters.sleepMs}`);
  }
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
  const { connections, load, parameters = {} } = condition;
  const { silentConnections: silent, readBytesPerS } = parameters;
  return {
    connections,
    mode: load,
    exchange: exchangeOf(condition, body),
    ...given({ silent, readBytesPerS }),
  };
}
