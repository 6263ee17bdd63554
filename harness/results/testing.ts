/**
 * Made-up runs for tests of stats, report and cli: they look like real ones and are always the same
 * for the same options. Never used outside tests; the numbers are plausible, not measured.
 *
 *     const { header, trials } = makeRun({ blocks: 6, connections: [1, 64] });
 *     const results = makeResults({ edit: (t) => (t.block === 2 ? voidTrial(t) : t) });
 */
import { createHash } from 'node:crypto';
import { summarise } from '../stats/summary.js';
import type {
  Check,
  Condition,
  Measured,
  Plan,
  Results,
  RunHeader,
  Skipped,
  Subject,
  Trial,
} from './schema.js';
import { SCHEMA_VERSION } from './schema.js';
import { MODELS, type ModelNumbers, makeHistogram, Random } from './testing-models.js';

export interface MakeRunOptions {
  /** Subject ids; each is a name in MODELS. `go-net-twin` is the A/A copy of go-net. */
  readonly subjects?: readonly string[];
  /** Connection counts, one keepalive condition each. Default 1, 64, 512. */
  readonly connections?: readonly number[];
  /** Default 6. */
  readonly blocks?: number;
  readonly seed?: string;
  readonly reference?: string;
  /**
   * CPU the client burns per request, us: above about 4.5 the client becomes the limit. Default
   * 3.6.
   */
  readonly clientCpuUsPerRequest?: number;
  /** Standard deviation of a trial around its model, as a share. Default 0.012. */
  readonly noise?: number;
  readonly windowMs?: number;
  /** Stops after this many trials, as a run that was interrupted. */
  readonly stopAfter?: number;
  readonly skipped?: readonly Skipped[];
  readonly header?: Partial<RunHeader>;
  readonly plan?: Partial<Plan>;
  /** Replaces a trial before it is returned: see failTrial and voidTrial. */
  readonly edit?: (trial: Trial) => Trial;
}

export interface MadeRun {
  readonly header: RunHeader;
  readonly trials: Trial[];
}

const START_MS = Date.parse('2026-03-02T09:30:00.000Z');
const ALL = ['thread-per-connection', 'callback-epoll', 'coroutine-epoll', 'go-net', 'go-net-twin'];

/**
 * A run of all planned trials (or the first `stopAfter`), in the order they would have run: block
 * by block.
 */
export function makeRun(options: MakeRunOptions = {}): MadeRun {
  const header = makeHeader(options);
  const random = new Random(`${header.plan.seed}-values`);
  const blocks = Array.from({ length: header.plan.blocks }, (_, block) => block);
  const trials = blocks.flatMap((block) =>
    header.plan.conditions.flatMap((condition, c) => {
      const weather = Math.exp(0.03 * random.normal());
      return (header.plan.order[c]?.[block] ?? []).map((subject, position) =>
        makeTrial({ header, options, condition, block, position, subject, weather, random }),
      );
    }),
  );
  const edit = options.edit ?? ((trial) => trial);
  return { header, trials: trials.slice(0, options.stopAfter).map(edit) };
}

/** The results.json of makeRun, summary included. */
export function makeResults(
  options: MakeRunOptions = {},
  overrides: Partial<Results> = {},
): Results {
  const { header, trials } = makeRun(options);
  const planned = header.plan.order.flat(2).length;
  const spoilt = trials.filter((trial) => trial.status !== 'ok');
  const problems = spoilt.map((trial) => `${trial.id} ${trial.status}: ${trial.reason}`);
  if (trials.length < planned) problems.push(`interrupted after ${trials.length} of ${planned}`);
  return {
    schemaVersion: SCHEMA_VERSION,
    header,
    finishedAt: new Date(START_MS + trials.length * 2500).toISOString(),
    outcome: problems.length === 0 ? 'complete' : 'partial',
    problems,
    quality: { level: 'clean', reasons: [], excluded: [] },
    trials,
    summary: summarise(header, trials),
    evidence: null,
    ...overrides,
  };
}

/** The trial as it is kept when the server died: no window, no counts. */
export function failTrial(trial: Trial, reason = 'the server exited with status 139'): Trial {
  const nothing = { window: null, counts: null, latency: null, client: null } as const;
  return { ...trial, ...nothing, status: 'failed', reason, server: {} };
}

/** The trial as it is kept when the machine spoilt it: everything measured, nothing used. */
export function voidTrial(trial: Trial, reason = 'steal on CPU 0 was 7.1 %'): Trial {
  const check: Check = { name: 'steal_percent', value: 7.1, level: 'void', text: reason };
  return { ...trial, status: 'void', reason, checks: [...trial.checks, check] };
}

function makeHeader(options: MakeRunOptions): RunHeader {
  const ids = options.subjects ?? ALL;
  const seed = options.seed ?? 'testing-1';
  const conditions = (options.connections ?? [1, 64, 512]).map(keepalive);
  const blocks = options.blocks ?? 6;
  const random = new Random(`${seed}-order`);
  const plan: Plan = {
    profile: 'default',
    conditions,
    blocks,
    order: conditions.map(() => mirroredBlocks(ids, blocks, random)),
    seed,
    warmupMs: 400,
    windowMs: options.windowMs ?? 1500,
    client: 'native',
    placement: { serverCpus: [0], clientCpus: [1] },
    reference: options.reference ?? 'go-net',
    net: 'lo',
    thresholds: {},
    extraBlocksMax: 0,
    ...options.plan,
  };
  return {
    kind: 'run',
    schemaVersion: SCHEMA_VERSION,
    runId: '20260302-093000-testing',
    startedAt: new Date(START_MS).toISOString(),
    argv: ['compare', '--seed', seed],
    harness: { version: '0.1.0', commit: '0123456789abcdef0123456789abcdef01234567', dirty: false },
    environment: { ...ENVIRONMENT },
    client: { version: '0.1.0', limits: ['One thread sends all requests.'] },
    plan,
    calibration: null,
    pilot: null,
    subjects: ids.map(makeSubject),
    skipped: [...(options.skipped ?? [])],
    ...options.header,
  };
}

const ENVIRONMENT = {
  kernel: 'Linux 6.12.0',
  cpu_model: 'Made-up CPU (not a real machine)',
  cpus: 2,
  memory_bytes: 8 * 2 ** 30,
  hypervisor: 'kvm',
  node: 'v20.19.0',
  go: 'go1.24.4',
  compiler: 'g++ 14.2.0',
  irq_time_accounting: null,
  load_average_1m: 0.12,
};

function keepalive(connections: number): Condition {
  const id = `keepalive-c${connections}`;
  return { id, workload: 'keepalive', connections, load: { kind: 'closed', pipeline: 1 } };
}

function mirroredBlocks(ids: readonly string[], blocks: number, random: Random): string[][] {
  const order: string[][] = [];
  for (let block = 0; block < blocks; block++) {
    const before = order[block - 1];
    order.push(block % 2 === 1 && before ? [...before].reverse() : random.shuffle(ids));
  }
  return order;
}

function makeSubject(id: string): Subject {
  const model = modelOf(id);
  const sha256 = createHash('sha256').update(model.variant).digest('hex');
  return {
    id,
    variant: model.variant,
    title: model.title,
    model: model.model,
    ...(id === model.variant ? {} : { aaOf: model.variant }),
    args: [],
    build: { sha256, command: [`build/Release/${model.variant}`] },
    ready: { ...model.ready },
  };
}

function modelOf(id: string): ModelNumbers {
  const model = MODELS[id];
  if (!model) throw new Error(`no made-up model for ${id}; there are ${Object.keys(MODELS)}`);
  return model;
}

interface TrialPlace {
  readonly header: RunHeader;
  readonly options: MakeRunOptions;
  readonly condition: Condition;
  readonly block: number;
  readonly position: number;
  readonly subject: string;
  /** What the whole block has in common: the machine's speed just then. */
  readonly weather: number;
  readonly random: Random;
}

/**
 * Closed loop: the slower of server CPU, client CPU and the round trip of N connections sets the
 * pace.
 */
function makeTrial(place: TrialPlace): Trial {
  const { condition, options, random } = place;
  const model = modelOf(place.subject);
  const noisy = place.weather * Math.exp((options.noise ?? 0.012) * random.normal());
  const cpuUs = model.cpuUsPerRequest(condition.connections) * noisy;
  const clientUs = (options.clientCpuUsPerRequest ?? 3.6) * place.weather;
  const roundTripUs = (cpuUs + clientUs + model.wakeUpUs) * Math.exp(0.01 * random.normal());
  const paceUs = Math.max(cpuUs, clientUs, roundTripUs / condition.connections);
  const windowNs = place.header.plan.windowMs * 1e6;
  const completed = Math.floor(windowNs / 1000 / paceUs);
  const { conditions } = place.header.plan;
  const before = place.block * conditions.length + conditions.indexOf(condition);
  const serial = before * place.header.subjects.length + place.position;
  const startNs = 5_000_000_000_000n + BigInt(serial) * 2_500_000_000n;
  return {
    kind: 'trial',
    id: `${condition.id}-b${place.block}-p${place.position}`,
    condition: condition.id,
    block: place.block,
    position: place.position,
    subject: place.subject,
    status: 'ok',
    startedAt: new Date(START_MS + serial * 2500).toISOString(),
    instrumented: false,
    pid: 4000 + serial,
    port: 40000 + serial,
    window: { startNs: String(startNs), endNs: String(startNs + BigInt(windowNs)) },
    counts: countsOf(completed, condition.connections),
    latency: {
      service: makeHistogram(paceUs * condition.connections * 1000, model.latencySpread, completed),
      response: null,
      lateness: null,
    },
    machine: {},
    ...makeCounters({ model, condition, completed, cpuUs, clientUs, windowNs, random }),
    checks: [
      { name: 'accounting', value: 0, level: 'ok', text: 'sent = ok + errors + unfinished' },
    ],
  };
}

function countsOf(completed: number, connections: number): NonNullable<Trial['counts']> {
  const sent = completed;
  const unfinished = Math.min(connections, sent);
  const bytesRead = completed * 77;
  const open = { offered: null, starved: null };
  const ok = sent - unfinished;
  return { completed, sent, ok, errors: {}, timeouts: 0, unfinished, ...open, bytesRead };
}

interface CounterInput {
  readonly model: ModelNumbers;
  readonly condition: Condition;
  readonly completed: number;
  readonly cpuUs: number;
  readonly clientUs: number;
  readonly windowNs: number;
  readonly random: Random;
}

/** The counters span the two `stats` snapshots, a little wider than the window. */
function makeCounters(input: CounterInput): Pick<Trial, 'server' | 'client'> {
  const { model, condition, completed, cpuUs, random } = input;
  const requests = Math.round(completed * 1.002);
  const total = requests * cpuUs;
  const rusage = (value: number) => exact(Math.round(value), 'getrusage');
  const counted = (value: number) => exact(Math.round(value), "server's own count");
  const spread = () => Math.exp(0.02 * random.normal());
  const residentReady = model.rssReadyBytes + 4096 * Math.round(3 * random.uniform());
  const resident = residentReady + condition.connections * model.rssBytesPerConnection * spread();
  const server: Trial['server'] = {
    user_cpu_us: rusage(total * 0.18),
    system_cpu_us: rusage(total * 0.82),
    voluntary_switches: rusage(
      requests * model.switchesPerRequest(condition.connections) * spread(),
    ),
    involuntary_switches: rusage(requests * 0.0004 * spread()),
    requests: counted(requests),
    rss_bytes_ready: exact(residentReady, '/proc/PID/status VmRSS'),
    rss_bytes: exact(Math.round(resident / 4096) * 4096, '/proc/PID/status VmRSS'),
  };
  if (model.syscallsPerRequest !== undefined) {
    server.syscalls = counted(requests * model.syscallsPerRequest(condition.connections));
    server.epoll_waits = counted(requests * (model.waitsPerRequest?.(condition.connections) ?? 0));
  }
  const cpuUsValue = Math.min(Math.round(completed * input.clientUs), input.windowNs / 1000);
  const client: NonNullable<Trial['client']> = {
    kind: 'native',
    version: '0.1.0',
    cpuUs: exact(cpuUsValue, 'CLOCK_THREAD_CPUTIME_ID'),
    busyShare: null,
    completedBetweenStats: requests,
    requestsBetweenStats: { value: requests, source: 'server', quality: 'exact' },
    statsIntervalNs: Math.round(input.windowNs * 1.002),
  };
  return { server, client };
}

function exact(value: number, source: string): Measured {
  return { value, source, quality: 'exact' };
}
