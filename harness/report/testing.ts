/**
 * Runs for the tests of the report: the usual kinds of trouble, and one whose every text tries to
 * break the page.
 */
import type { Results } from '../results/schema.js';
import { failTrial, makeResults, voidTrial } from '../results/testing.js';

/** Ends scripts, attributes and comments, opens elements, and is too long for any column. */
export const HOSTILE =
  `</script><script>document.title='pwned'</script>"><img src=x onerror="document.title='pwned'">` +
  `'--><b>&lt;{{x}}\u2028${'W'.repeat(80)}`;

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
  return {
    ...hostile,
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

/** Named runs that a report must be right for. */
export const RUNS: Readonly<Record<string, () => Results>> = {
  complete: () => makeResults(),
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
