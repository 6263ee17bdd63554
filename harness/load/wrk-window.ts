/**
 * A LoadWindow from what can be known of a wrk process: its report at the end, and the kernel's
 * account of its reads and writes (/proc/<pid>/io) at the window's borders. Pure.
 */

import { given } from '../optional.js';
import { LoadError, type LoadSnapshot, type LoadWindow } from './client.js';
import { LatencyRecorder } from './histogram.js';
import { type Latencies, measuredLatencies, type WrkReport } from './wrk-report.js';

/** The account at one instant. */
export interface WrkAccount {
  readonly monotonicNs: bigint;
  /** Bytes read so far: replies, and the files that wrk loaded at its start. */
  readonly bytesRead: number;
  /** Bytes written so far: requests only, until the report. */
  readonly bytesWritten: number;
  readonly cpuNs: bigint;
}

/** The request as wrk sends it. */
export function wrkRequest(host: string, port: number, path: string): string {
  return `GET ${path} HTTP/1.1\r\nHost: ${host}:${port}\r\n\r\n`;
}

/** All but the last request of each connection must have been answered. */
export function wrkSnapshot(
  account: WrkAccount,
  requestBytes: number,
  connections: number,
): LoadSnapshot {
  const sent = Math.floor(account.bytesWritten / requestBytes);
  const completed = Math.max(sent - connections, 0);
  return { monotonicNs: account.monotonicNs, completed, errors: 0, connectionsOpen: connections };
}

/** Throws a LoadError when the report contradicts itself. */
export function wrkWindow(
  report: WrkReport,
  first: WrkAccount,
  last: WrkAccount,
  { requestBytes, connections }: { requestBytes: number; connections: number },
): LoadWindow {
  const latencies = measuredLatencies(report, connections);
  if (latencies === undefined) {
    throw new LoadError('wrk reports another number of latencies than of replies');
  }
  const bytesRead = last.bytesRead - first.bytesRead;
  const written = Math.round((last.bytesWritten - first.bytesWritten) / requestBytes);
  const completed =
    report.requests === 0 ? 0 : Math.round((bytesRead * report.requests) / report.bytes);
  const errors = errorsOf(report);
  const failed = Object.values(errors).reduce((sum, count) => sum + count, report.timeout);
  const sent = Math.max(written, failed);
  // In a closed loop every connection has a request under way at either border.
  const ok = Math.min(Math.max(completed - connections, 0), sent - failed);
  const firstError = errorText(report);
  return {
    startNs: first.monotonicNs,
    endNs: last.monotonicNs,
    completed,
    sent,
    ok,
    errors,
    timeouts: report.timeout,
    unfinished: sent - failed - ok,
    // wrk does not wait at its end: its timeouts include requests without a reply.
    unanswered: 0,
    bytesRead,
    service: histogramOf(latencies),
    cpuUs: {
      value: Number(last.cpuNs - first.cpuNs) / 1000,
      source: 'CPU clock of the wrk process',
      quality: 'exact',
    },
    ...given({ firstError }),
  };
}

function errorsOf({ connect, read, write, status }: WrkReport): Record<string, number> {
  const kinds = { refused: connect, reset: read + write, bad_status: status };
  return Object.fromEntries(Object.entries(kinds).filter(([, count]) => count > 0));
}

function errorText({ connect, read, write, status, timeout }: WrkReport): string | undefined {
  const kinds = Object.entries({ connect, read, write, status, timeout });
  const words = kinds.filter(([, count]) => count > 0).map(([kind, count]) => `${count} ${kind}`);
  return words.length === 0 ? undefined : `wrk counted errors: ${words.join(', ')}`;
}

function histogramOf(latencies: Latencies) {
  const recorder = new LatencyRecorder();
  for (const [us, count] of latencies) recorder.record(us * 1000, count);
  return recorder.summary();
}
