/** Made-up samples and files of `iomodels micro` for tests. Never used outside tests. */
import { makeRun } from '../results/testing.js';
import { analyseOptions, type OptionsInput } from './options.js';
import { ROWS } from './rows.js';
import {
  MICRO_SCHEMA_VERSION,
  type OptionsFile,
  type ProbeLine,
  type Sample,
  type SwitchesFile,
} from './schema.js';
import { foreignShareOf, ratiosOf, rowsOf } from './switches.js';

export function cost(ns: number, operations = 1000) {
  return { operations, cpuNs: Math.round(ns * operations), wallNs: Math.round(ns * operations) };
}

const KNOWN_NS: Readonly<Record<string, number>> = {
  'raw-switch': 2,
  yield: 30,
  'park-ready': 40,
  gosched: 80,
  channel: 130,
};

/** `rounds` samples of every row: plausible, and never the same twice. */
export function makeSamples(
  rounds: number,
  edit: (line: ProbeLine, row: string, round: number) => ProbeLine | null = (line) => line,
): Sample[] {
  return Array.from({ length: rounds }, (_, round) =>
    ROWS.map((spec, position): Sample => {
      const wobble = 1 + ((round * 7 + position * 3) % 11) / 500;
      const isThread = spec.id.startsWith('thread-') || spec.crossesCpus;
      const ns = (KNOWN_NS[spec.id] ?? 2000) * wobble;
      const line: ProbeLine = isThread
        ? {
            cost: cost(ns + 500),
            sameCalls: cost(500),
            switches: { expected: 1000, voluntary: 1000, involuntary: 3 },
          }
        : { cost: cost(ns) };
      const edited = edit(line, spec.id, round);
      const why = edited === null ? { why: 'it would not start' } : {};
      return { row: spec.id, round, position, attempt: 0, line: edited, ...why };
    }),
  ).flat();
}

const HEAD = {
  schemaVersion: MICRO_SCHEMA_VERSION,
  runId: 'micro-test',
  startedAt: '2026-03-02T09:30:00.000Z',
  finishedAt: '2026-03-02T09:31:00.000Z',
  argv: ['micro'],
  harness: { version: '0.1.0', commit: null, dirty: null },
  environment: {},
  placement: { serverCpus: [0], clientCpus: [1] },
  seed: 'test',
  outcome: 'complete',
} as const;

export function makeSwitchesFile(samples: readonly Sample[]): SwitchesFile {
  const rows = rowsOf(samples);
  const problems = rows.flatMap(({ id, status, why }) =>
    status === 'unavailable' ? [`${id}: ${why}`] : [],
  );
  return {
    part: 'switches',
    ...structuredClone(HEAD),
    argv: ['micro'],
    placement: { serverCpus: [0], clientCpus: [1] },
    problems,
    rounds: new Set(samples.map(({ round }) => round)).size,
    foreignShare: foreignShareOf(samples),
    samples: [...samples],
    rows,
    ratios: ratiosOf(samples, rows),
  };
}

const SUBJECTS = ['go-net', 'go-net-twin', 'coroutine-epoll', 'callback-epoll'];

/** A run in which coroutine-epoll is the first option set of a variant, and callback-epoll another. */
export function makeOptionsInput(blocks: number): OptionsInput {
  const { header, trials } = makeRun({ subjects: SUBJECTS, blocks, connections: [64, 512] });
  const variant = 'tuned';
  const base = 'coroutine-epoll';
  return {
    results: { header, trials },
    sets: [
      { variant, label: 'none', subject: base, base },
      { variant, label: 'callbacks', subject: 'callback-epoll', base },
      { variant, label: 'absent', subject: 'not-built', base },
    ],
    plain: ['go-net', 'coroutine-epoll'],
    floors: trials.map(({ condition, block, subject, position }) => ({
      condition,
      block,
      subject,
      line: { cost: cost(4000 + 10 * position + block) },
    })),
    idle: SUBJECTS.filter((id) => id !== 'go-net-twin').flatMap((subject, i) =>
      [0, 1, 2].map((repetition) => ({
        subject,
        repetition,
        connections: 2000,
        silent: 4096 * (i + 1) + repetition,
        served: 8192 * (i + 1) + repetition,
      })),
    ),
  };
}

export function makeOptionsFile(blocks: number): OptionsFile {
  const input = makeOptionsInput(blocks);
  return {
    part: 'options',
    ...structuredClone(HEAD),
    argv: ['micro', '--options'],
    placement: { serverCpus: [0], clientCpus: [1] },
    problems: [],
    results: 'results.json',
    blocks,
    windowMs: 700,
    floors: [...input.floors],
    idle: [...input.idle],
    ...analyseOptions(input),
  };
}
