/**
 * Servers of known behaviour, measured like any other. A client that reports them wrongly makes
 * every condition invalid.
 *
 * A failed test is repeated, twice at most: a wrong instrument is wrong every time, a disturbed
 * machine is not. The text says which attempt it was.
 */
import type { LoadWindow } from '../load/client.js';
import type { Calibration } from '../results/schema.js';
import type { Bench } from './bench.js';
import { HTTP, measureNull, type NullLoad } from './null-server.js';

type SelfTest = Calibration['selfTests'][number];

const DELAY_US = 5000;
const DELAY_TOLERANCE = { share: 0.05, us: 50 };

/** A server that answers 5 ms after it was asked: the reported median must show it. */
export async function delayTest(input: Bench): Promise<SelfTest[]> {
  const load: NullLoad = {
    server: { delayUs: DELAY_US },
    load: { connections: 4, mode: { kind: 'closed', pipeline: 1 }, exchange: HTTP },
    warmupMs: 200,
    windowMs: 600,
  };
  return [await attempted('known delay', 3, input, load, judgeDelay)];
}

async function attempted(
  name: string,
  attempts: number,
  input: Bench,
  load: NullLoad,
  judge: (window: LoadWindow) => SelfTest,
): Promise<SelfTest> {
  for (let attempt = 1; ; attempt += 1) {
    const outcome = await measureNull(input, load);
    const test = outcome.ok ? judge(outcome.window) : { name, ok: false, text: outcome.why };
    if (!test.ok && attempt < attempts) continue;
    return attempt === 1
      ? test
      : { ...test, text: `${test.text}, attempt ${attempt} of ${attempts}` };
  }
}

/** Pure. */
export function judgeDelay({ service }: Pick<LoadWindow, 'service'>): SelfTest {
  const reported = service.p50 / 1000;
  const tolerance = Math.max(DELAY_TOLERANCE.us, DELAY_TOLERANCE.share * DELAY_US);
  const ok = service.count > 0 && Math.abs(reported - DELAY_US) <= tolerance;
  const text = `median of ${reported.toFixed(0)} us for a delay of ${DELAY_US} us (within ${tolerance} us)`;
  return { name: 'known delay', ok, text };
}

const STALL = { everyMs: 2000, ms: 200 };
/** Contains a whole stall wherever it begins. */
const STALL_WINDOW_MS = STALL.everyMs + STALL.ms;
const STALL_RATE_PER_S = 2000;
const CONNECTIONS = 32;
/** Requests due in a stall wait 100 ms on average; of all, some 9 % do. */
const RESPONSE_P99_MS_MIN = STALL.ms / 2;
const SERVICE_P50_MS_MAX = STALL.ms / 20;

/**
 * A server that stops for 200 ms of every 2 s, under an open load: that must show in the response
 * time, which counts from when a request was due, and not in the median of the service time.
 */
export async function stallTest(input: Bench): Promise<SelfTest[]> {
  // Only the native client makes an open load.
  if (input.client.kind !== 'native') return [];
  const load: NullLoad = {
    server: { stallEveryMs: STALL.everyMs, stallMs: STALL.ms },
    load: {
      connections: CONNECTIONS,
      mode: { kind: 'open', ratePerS: STALL_RATE_PER_S, arrivals: 'poisson' },
      exchange: HTTP,
    },
    warmupMs: 200,
    windowMs: STALL_WINDOW_MS,
  };
  return [await attempted('known stalls', 2, input, load, judgeStalls)];
}

/** Pure. */
export function judgeStalls({
  service,
  response,
}: Pick<LoadWindow, 'service' | 'response'>): SelfTest {
  const name = 'known stalls';
  if (response === undefined) return { name, ok: false, text: 'no response times were reported' };
  const p99Ms = response.p99 / 1e6;
  const p50Ms = service.p50 / 1e6;
  const ok = p99Ms >= RESPONSE_P99_MS_MIN && p50Ms <= SERVICE_P50_MS_MAX;
  const text =
    `stalls of ${STALL.ms} ms every ${STALL.everyMs} ms: response p99 ${p99Ms.toFixed(0)} ms ` +
    `(at least ${RESPONSE_P99_MS_MIN}), service p50 ${p50Ms.toFixed(2)} ms (at most ${SERVICE_P50_MS_MAX})`;
  return { name, ok, text };
}
