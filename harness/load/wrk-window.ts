/**
 * A LoadWindow from what can be known of a wrk process: its report at the end, through a script of
 * ours that runs after its last request, and the kernel's account of its reads and writes
 * (/proc/<pid>/io) at the window's borders. Pure.
 */

import { z } from 'zod';
import { given } from '../optional.js';
import { LoadError, type LoadSnapshot, type LoadWindow } from './client.js';
import { LatencyRecorder } from './histogram.js';

/** wrk's latencies: [us, samples], values ascending. */
export type Latencies = readonly (readonly [us: number, count: number])[];

const reportSchema = z.strictObject({
  durationUs: z.int(),
  requests: z.int(),
  bytes: z.int(),
  connect: z.int(),
  read: z.int(),
  write: z.int(),
  status: z.int(),
  timeout: z.int(),
  latencies: z.array(z.tuple([z.int(), z.int()])),
});
type WrkReport = z.infer<typeof reportSchema>;

const MARK = 'iomodels-report ';

/** Only `done` is defined: wrk then sends its one prepared request and looks at no reply. */
export const REPORT_SCRIPT = `done = function(summary, latency, requests)
  local e = summary.errors
  io.write(string.format('${MARK}{"durationUs":%d,"requests":%d,"bytes":%d,',
    summary.duration, summary.requests, summary.bytes))
  io.write(string.format('"connect":%d,"read":%d,"write":%d,"status":%d,"timeout":%d,',
    e.connect, e.read, e.write, e.status, e.timeout))
  local pairs = {}
  for i = 1, #latency do
    local us, count = latency(i)
    pairs[i] = string.format("[%d,%d]", us, count)
  end
  io.write('"latencies":[', table.concat(pairs, ","), "]}\\n")
end
`;

/** undefined when there is no report in wrk's output. Throws on one that is not as the script has it. */
export function reportIn(output: string): WrkReport | undefined {
  const line = output.split('\n').find((each) => each.startsWith(MARK));
  return line === undefined ? undefined : reportSchema.parse(JSON.parse(line.slice(MARK.length)));
}

/**
 * The latencies that wrk measured, from those that it reports.
 *
 * wrk "corrects" its latencies for coordinated omission before it reports them, and cannot be asked
 * not to: with I = run time / (requests / connections), whole microseconds, every latency n from
 * 2 I on adds one sample at n - I, n - 2 I, … as long as that is above I. What it adds to one value
 * comes from larger values only, so going down from the largest one takes it all away again.
 *
 * undefined when they are not as many as it has replies in time,
 * with and without its correction: then this wrk does something else.
 */
export function measuredLatencies(report: WrkReport, connections: number): Latencies | undefined {
  const wanted = report.requests - report.timeout;
  const perConnection = Math.floor(report.requests / connections);
  const corrected = report.latencies;
  if (perConnection === 0) return total(corrected) === wanted ? corrected : undefined;
  const measured = uncorrected(corrected, Math.floor(report.durationUs / perConnection));
  return [measured, corrected].find((latencies) => total(latencies) === wanted);
}

/** Takes away the samples that the correction with this interval added. */
export function uncorrected(corrected: Latencies, intervalUs: number): Latencies {
  const counts = new Map(corrected);
  for (const us of [...counts.keys()].sort((a, b) => b - a)) {
    const count = counts.get(us) ?? 0;
    if (us < 2 * intervalUs || count <= 0) continue;
    for (let added = us - intervalUs; added > intervalUs; added -= intervalUs) {
      counts.set(added, (counts.get(added) ?? 0) - count);
    }
  }
  return [...counts].filter(([, count]) => count !== 0).sort(([a], [b]) => a - b);
}

function total(latencies: Latencies): number {
  return latencies.reduce((sum, [, count]) => sum + count, 0);
}

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
