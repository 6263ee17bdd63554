/**
 * The made-up servers behind testing.ts: what each costs, a seeded random source, and a latency
 * histogram.
 */
import { build, encodeIntoCompressedBase64, type JsHistogram } from 'hdr-histogram-js';
import type { Histogram } from './schema.js';

export interface ModelNumbers {
  readonly variant: string;
  readonly title: string;
  readonly model: string;
  readonly ready: Readonly<Record<string, string | number | boolean>>;
  /** us of server CPU, by connections. */
  readonly cpuUsPerRequest: (connections: number) => number;
  /** Voluntary switches, by connections. */
  readonly switchesPerRequest: (connections: number) => number;
  /** Absent: the server cannot count its system calls. */
  readonly syscallsPerRequest?: (connections: number) => number;
  /** Calls of epoll_wait; absent: none. */
  readonly waitsPerRequest?: (connections: number) => number;
  /** Time for which neither side runs in one exchange, us. */
  readonly wakeUpUs: number;
  /** Standard deviation of ln(latency). */
  readonly latencySpread: number;
  readonly rssReadyBytes: number;
  readonly rssBytesPerConnection: number;
}

const CORE = '9f2c41d07be35a68';

/**
 * One wake-up per request at one connection; with more, a wait returns several ready connections at
 * once.
 */
const batched = (connections: number) => (connections === 1 ? 1 : Math.max(0.05, 4 / connections));

const go: ModelNumbers = {
  variant: 'go-net',
  title: 'Go net',
  model: 'goroutine-per-connection',
  ready: { runtime: 'go1.24.4', workers: 1 },
  cpuUsPerRequest: byConnections(31, 6.7, 7.2),
  switchesPerRequest: byConnections(1.02, 0.012, 0.011),
  wakeUpUs: 24,
  latencySpread: 0.25,
  rssReadyBytes: 2_600_000,
  rssBytesPerConnection: 5200,
};

/** By subject id. */
export const MODELS: Readonly<Record<string, ModelNumbers>> = {
  'thread-per-connection': {
    variant: 'thread-per-connection',
    title: 'Thread per connection',
    model: 'thread-per-connection',
    ready: { core: CORE, workers: 1, stack_bytes: 65536 },
    cpuUsPerRequest: byConnections(25, 8.1, 11.5),
    switchesPerRequest: () => 1,
    syscallsPerRequest: () => 2,
    wakeUpUs: 24,
    latencySpread: 0.4,
    rssReadyBytes: 3_900_000,
    rssBytesPerConnection: 21_000,
  },
  'callback-epoll': {
    variant: 'callback-epoll',
    title: 'Callbacks on epoll',
    model: 'callback-epoll',
    ready: { core: CORE, workers: 1 },
    cpuUsPerRequest: byConnections(27.5, 5.5, 5.8),
    switchesPerRequest: batched,
    syscallsPerRequest: (connections) => 3 + batched(connections),
    waitsPerRequest: batched,
    wakeUpUs: 24,
    latencySpread: 0.15,
    rssReadyBytes: 3_700_000,
    rssBytesPerConnection: 4300,
  },
  'coroutine-epoll': {
    variant: 'coroutine-epoll',
    title: 'Coroutines on epoll',
    model: 'coroutine-epoll',
    ready: { core: CORE, workers: 1, stack_bytes: 65536 },
    cpuUsPerRequest: byConnections(28, 5.6, 6),
    switchesPerRequest: batched,
    syscallsPerRequest: (connections) => 3 + batched(connections),
    waitsPerRequest: batched,
    wakeUpUs: 24,
    latencySpread: 0.15,
    rssReadyBytes: 3_750_000,
    rssBytesPerConnection: 9100,
  },
  'go-net': go,
  'go-net-twin': { ...go, title: 'Go net (twin)' },
};

/**
 * At 1, at 64 and at 512 connections, on straight lines over ln(connections) between and beyond,
 * never below 1.
 */
function byConnections(at1: number, at64: number, at512: number): (connections: number) => number {
  return (connections) => {
    const x = Math.log2(connections);
    const y = x <= 6 ? at1 + ((at64 - at1) * x) / 6 : at64 + ((at512 - at64) * (x - 6)) / 3;
    return at64 < 1 ? Math.max(0.01, y) : Math.max(1, y);
  };
}

/** Deterministic and good enough to look random (mulberry32, seeded by FNV-1a over the text). */
export class Random {
  #state: number;

  constructor(seed: string) {
    let hash = 0x811c9dc5;
    for (const char of seed) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01000193);
    this.#state = hash >>> 0;
  }

  /** In [0, 1). */
  uniform(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  /** Standard normal (Box-Muller). */
  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.uniform())) * Math.cos(2 * Math.PI * this.uniform());
  }

  /** A new array in random order (Fisher-Yates). */
  shuffle<T>(items: readonly T[]): T[] {
    const out = [...items];
    for (let i = out.length - 1; i > 0; i--) {
      const j = Math.floor(this.uniform() * (i + 1));
      [out[i], out[j]] = [out[j] as T, out[i] as T];
    }
    return out;
  }
}

const STEPS = 400;

/** Many tests make the same run. */
const made = new Map<string, Histogram>();

/**
 * A log-normal histogram around `medianNs`; `count` samples in all, spread over 400 values and a
 * slow tail.
 */
export function makeHistogram(medianNs: number, spread: number, count: number): Histogram {
  const key = `${medianNs} ${spread} ${count}`;
  const histogram = made.get(key) ?? histogramOf(medianNs, spread, count);
  made.set(key, histogram);
  return histogram;
}

function histogramOf(medianNs: number, spread: number, count: number): Histogram {
  const histogram = build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: 60e9,
    numberOfSignificantValueDigits: 3,
    bitBucketSize: 64,
    useWebAssembly: false,
  }) as JsHistogram;
  // The library's own mean walks through all buckets there are.
  let totalNs = 0;
  for (let step = 0; step < STEPS; step++) {
    const share = Math.floor(((step + 1) * count) / STEPS) - Math.floor((step * count) / STEPS);
    const z = logit((step + 0.5) / STEPS) / 1.7;
    if (share === 0) continue;
    const value = Math.round(medianNs * Math.exp(spread * z));
    histogram.recordValueWithCount(value, share);
    totalNs += histogram.medianEquivalentValue(value) * share;
  }
  const at = (percent: number) => histogram.getValueAtPercentile(percent);
  return {
    unit: 'ns',
    digits: 3,
    count: histogram.totalCount,
    min: histogram.minNonZeroValue,
    max: histogram.maxValue,
    mean: count === 0 ? 0 : totalNs / histogram.totalCount,
    p50: at(50),
    p90: at(90),
    p99: at(99),
    p999: at(99.9),
    v2: encodeIntoCompressedBase64(histogram),
  };
}

function logit(p: number): number {
  return Math.log(p / (1 - p));
}
