/**
 * What wrk reports at its end, through a script of ours that runs after its last request, and how
 * to undo wrk's correction of its latencies.
 *
 * wrk "corrects" its latencies for coordinated omission before it reports them, and has no option
 * to turn this off: with I = run time / (requests / connections), whole microseconds, every latency
 * n from 2 I on adds one sample at n - I, n - 2 I, … as long as that is above I. What it adds to
 * one value comes from larger values only, so subtracting from the largest value down removes all
 * of it.
 */
import { z } from 'zod';

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
export type WrkReport = z.infer<typeof reportSchema>;

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
 * The latencies that wrk measured. undefined when their number matches its replies neither with nor
 * without the correction: then this wrk works differently.
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
