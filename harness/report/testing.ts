/**
 * Runs for the tests of the report: the usual kinds of trouble, and one whose every text tries to
 * break the page.
 */
import { NO_EVIDENCE } from '../claims/testing.js';
import {
  LISTEN_AS_CLAIMED,
  LISTEN_AS_IS,
  memorySlopes,
  SERVED,
  sources,
  switchTable,
  traces,
  WAKEUPS_BY_ALL,
  wakeups,
} from '../claims/testing-evidence.js';
import type { Evidence } from '../results/evidence.js';
import type { QualityPart } from '../results/quality.js';
import type { Results } from '../results/schema.js';
import { failTrial, makeResults, voidTrial } from '../results/testing.js';
import { makeSweepResults } from '../results/testing-sweep.js';

/** Ends scripts, attributes and comments, opens elements, and is too long for any column. */
export const HOSTILE =
  `</script><script>document.title='pwned'</script>"><img src=x onerror="document.title='pwned'">` +
  `'--><b>&lt;{{x}}\u2028${'W'.repeat(80)}`;

/** Of everything that a run may gather apart from its trials. */
export function madeEvidence(): Evidence {
  const go = traces(['go-net'], LISTEN_AS_CLAIMED, SERVED).traces.items ?? [];
  const own = traces(['coroutine-epoll'], LISTEN_AS_IS, SERVED).traces.items ?? [];
  return {
    ...NO_EVIDENCE,
    ...switchTable(),
    ...wakeups('coroutine-epoll', WAKEUPS_BY_ALL),
    ...memorySlopes({
      'thread-per-connection': [13_000, 20_000],
      'callback-epoll': [4000, 2000],
      'coroutine-epoll': [9000, 2000],
      'go-net': [6500, 2000],
    }),
    ...sources(['thread-per-connection', 'callback-epoll', 'coroutine-epoll']),
    traces: { items: [...go, ...own], why: null },
  };
}

/** A long run of 2,000 trials: 4 blocks, repeated under other numbers. */
export function largeResults(): Results {
  const connections = [1, 64];
  const few = makeResults({ connections, blocks: 4 });
  const times = Array.from({ length: 50 }, (_, time) => time);
  const trials = times.flatMap((time) =>
    few.trials.map((trial) => {
      const block = trial.block + 4 * time;
      const startedAt = new Date(Date.parse(trial.startedAt) + time * 100_000).toISOString();
      const id = `${trial.condition}-b${block}-p${trial.position}`;
      return { ...trial, block, startedAt, id };
    }),
  );
  const order = few.header.plan.order.map((blocks) => times.flatMap(() => blocks));
  const header = { ...few.header, plan: { ...few.header.plan, blocks: 200, order } };
  return { ...few, header, trials };
}

/** A subject, and everything that a person or a program could have named, replaced by HOSTILE. */
export function hostileResults(): Results {
  const results = makeResults({
    skipped: [{ variant: HOSTILE, why: HOSTILE }],
    edit: (trial) => {
      const warned = [{ name: HOSTILE, value: null, level: 'warn' as const, text: HOSTILE }];
      if (trial.block === 0) return { ...voidTrial(trial, HOSTILE) };
      if (trial.block === 1 && trial.position === 0) return failTrial(trial, HOSTILE);
      return { ...trial, checks: warned };
    },
  });
  const text = JSON.stringify(results);
  const renamed = text
    .replaceAll('"callback-epoll"', JSON.stringify(HOSTILE))
    .replaceAll('"Coroutines on epoll"', JSON.stringify(HOSTILE))
    .replaceAll('"getrusage"', JSON.stringify(HOSTILE));
  const hostile: Results = JSON.parse(renamed);
  const { header } = hostile;
  const evidence = JSON.stringify(madeEvidence())
    .replace(/"(detail|result|source|path)":"[^"]*"/g, `"$1":${JSON.stringify(HOSTILE)}`)
    .replace(/"text":"[^"]*"/g, `"text":${JSON.stringify(`${HOSTILE}\n${HOSTILE}`)}`)
    .replaceAll('"sysmon":', `${JSON.stringify(HOSTILE)}:`)
    .replaceAll('"thread-eventfd"', JSON.stringify(HOSTILE));
  return {
    ...hostile,
    evidence: JSON.parse(evidence),
    quality: {
      level: 'noisy',
      reasons: [HOSTILE],
      excluded: hostile.quality.excluded,
      parts: [{ id: HOSTILE, kind: 'condition', level: 'noisy', reasons: [HOSTILE] }],
    },
    problems: [HOSTILE],
    header: {
      ...header,
      runId: HOSTILE,
      argv: ['compare', HOSTILE],
      environment: { cpu_model: HOSTILE, [HOSTILE]: HOSTILE },
      plan: { ...header.plan, profile: HOSTILE, seed: HOSTILE },
      harness: { version: HOSTILE, commit: HOSTILE, dirty: null },
    },
  };
}

/** Every row without a number, as when no counter could be read. */
export function nullResults(): Results {
  const results = makeResults({ connections: [64] });
  const why = 'the counter could not be read';
  const summary = results.summary.map((row) =>
    row.kind === 'value'
      ? { ...row, median: null, lo: null, hi: null, n: 0, why }
      : { ...row, ratio: null, lo: null, hi: null, confidence: null, n: 0, why },
  );
  return { ...results, summary };
}

function quality(level: Results['quality']['level'], reason: string): Results['quality'] {
  return { level, reasons: [reason], excluded: [] };
}

/** Named runs that a report must be right for. */
export const RUNS: Readonly<Record<string, () => Results>> = {
  complete: () => makeResults({}, { evidence: madeEvidence() }),
  plain: () => makeResults(),
  sweep: () => makeSweepResults(),
  noisy: () =>
    makeResults(
      { connections: [64] },
      { quality: quality('noisy', 'no A/A check: no server ran twice') },
    ),
  invalid: () =>
    makeResults({ connections: [64] }, { quality: quality('invalid', 'self-test stall failed') }),
  'an invalid condition': () => {
    const parts: QualityPart[] = [
      { id: 'instruments', kind: 'instruments', level: 'clean', reasons: [] },
      { id: 'keepalive-c64', kind: 'condition', level: 'noisy', reasons: [] },
      { id: 'keepalive-c512', kind: 'condition', level: 'invalid', reasons: ['it was disturbed'] },
    ];
    return makeResults({}, { quality: { ...quality('noisy', 'it was disturbed'), parts } });
  },
  'lower bounds': () => makeResults({ clientCpuUsPerRequest: 6.2 }),
  interrupted: () => makeResults({ stopAfter: 50 }),
  'interrupted before the first trial': () => makeResults({ stopAfter: 0 }),
  'void block': () => makeResults({ edit: (t) => (t.block === 2 ? voidTrial(t) : t) }),
  'a server that failed': () =>
    makeResults({
      edit: (t) => (t.subject === 'coroutine-epoll' ? failTrial(t, 'it sent wrong bytes') : t),
    }),
  'too few blocks': () => makeResults({ blocks: 2 }),
  'one server': () => makeResults({ subjects: ['callback-epoll'], connections: [64] }),
  'only the reference': () => makeResults({ subjects: ['go-net'], connections: [64] }),
  'no reference': () => makeResults({ subjects: ['callback-epoll', 'coroutine-epoll'] }),
  'no numbers': nullResults,
  hostile: hostileResults,
};
