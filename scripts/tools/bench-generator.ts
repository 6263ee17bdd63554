/**
 * What the load clients cost: CPU time per request of each, in interleaved pairs against the same
 * null server (native/loadgen), and the ratio of the native client to each of the others with a
 * 95 % interval. Ratios within one run only: absolute figures belong to the machine and the moment.
 *
 *   node dist/scripts/tools/bench-generator.js [--pairs 12] [--connections 64] [--window-ms 500]
 *       [--server-cpu 0] [--client-cpu 1] [--clients native,wrk,…]
 *
 * CPU time of the native client covers its load threads, of the others their process. Requests are
 * the replies of the same window. Needs a build (npm run build).
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { addon } from '../../harness/load/addon.js';
import { loadClient } from '../../harness/load/clients.js';
import { hodgesLehmann } from '../../harness/stats/signed-rank.js';

const WARMUP_MS = 300;

const { values } = parseArgs({
  options: {
    pairs: { type: 'string', default: '12' },
    connections: { type: 'string', default: '64' },
    'window-ms': { type: 'string', default: '500' },
    'server-cpu': { type: 'string', default: '0' },
    'client-cpu': { type: 'string', default: '1' },
    clients: { type: 'string', default: 'native,wrk,autocannon' },
  },
});
const windowMs = Number(values['window-ms']);
const names = values.clients.split(',');
const server = addon().startNullServer([Number(values['server-cpu'])]);

interface Cost {
  readonly cpuUs: number;
  readonly requestsPerS: number;
}

async function measure(name: string): Promise<Cost> {
  const client = loadClient(name as Parameters<typeof loadClient>[0]);
  const session = await client.open({
    target: { host: '127.0.0.1', port: server.port },
    connections: Number(values.connections),
    mode: { kind: 'closed', pipeline: 1 },
    exchange: { kind: 'http', path: '/', expectedBody: Buffer.from('I am server!') },
    seed: '',
    durationMsMax: WARMUP_MS + windowMs + 5000,
    drainMs: 1000,
    cpus: [Number(values['client-cpu'])],
  });
  session.start();
  await sleep(WARMUP_MS);
  session.openWindow();
  await sleep(windowMs);
  session.closeWindow();
  const window = await session.pause();
  await session.close();
  const { value } = window.cpuUs;
  if (value === null || window.completed === 0 || window.firstError !== undefined) {
    throw new Error(`${name} failed: ${window.firstError ?? 'no reply, or no CPU time'}`);
  }
  const seconds = Number(window.endNs - window.startNs) / 1e9;
  return { cpuUs: value / window.completed, requestsPerS: window.completed / seconds };
}

function median(sample: readonly number[]): number {
  return sample.toSorted((a, b) => a - b)[Math.floor(sample.length / 2)] ?? Number.NaN;
}

function printCost(name: string, costs: readonly Cost[]): void {
  const cpuUs = median(costs.map((cost) => cost.cpuUs)).toFixed(2);
  const rate = Math.round(median(costs.map(({ requestsPerS }) => requestsPerS)));
  console.log(`${name}: ${cpuUs} us of CPU per request, ${rate} requests/s (medians)`);
}

function printRatio(name: string, ours: readonly Cost[], theirs: readonly Cost[]): void {
  const logs = ours.map(({ cpuUs }, i) => Math.log(cpuUs / (theirs[i]?.cpuUs ?? NaN)));
  const { estimate, lo, hi, n, why } = hodgesLehmann(logs);
  const text = (log: number | null) => (log === null ? '?' : Math.exp(log).toFixed(3));
  const interval = why === undefined ? `95 % ${text(lo)} to ${text(hi)}` : why;
  console.log(`native / ${name}: ${text(estimate)} (${interval}, ${n} pairs)`);
}

const costs = new Map<string, Cost[]>(names.map((name) => [name, []]));
try {
  for (let pair = 0; pair < Number(values.pairs); pair += 1) {
    // Every second round backwards, so that a drifting machine affects all equally.
    for (const name of pair % 2 === 0 ? names : names.toReversed()) {
      costs.get(name)?.push(await measure(name));
    }
  }
} finally {
  server.stop();
}
for (const [name, list] of costs) printCost(name, list);
const ours = costs.get('native');
for (const [name, list] of costs) {
  if (ours !== undefined && name !== 'native') printRatio(name, ours, list);
}
