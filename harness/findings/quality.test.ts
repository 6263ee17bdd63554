import { describe, expect, test } from 'vitest';
import { switchTable } from '../claims/testing-evidence.js';
import { type Evidence, evidenceOf } from '../results/evidence.js';
import type { Calibration, Quality, Trial } from '../results/schema.js';
import { failTrial, type MakeRunOptions, makeRun, voidTrial } from '../results/testing.js';
import { THRESHOLDS, withoutVoid } from '../results/thresholds.js';
import { conclude } from './quality.js';

const CALIBRATION: Calibration = {
  durationMs: 5000,
  values: [],
  selfTests: [{ name: 'known delay', ok: true, text: 'reported 201 us for 200 us' }],
};

function concluded(options: MakeRunOptions = {}, evidence: Evidence | null = null) {
  const run = makeRun({
    blocks: 10,
    connections: [64],
    noise: 0.006,
    ...options,
    header: { calibration: CALIBRATION, ...options.header },
  });
  return conclude(run.header, run.trials, evidence);
}

function quality(options: MakeRunOptions = {}): Quality {
  return concluded(options).quality;
}

/** Voids the first trial of these blocks. */
function voiding(...blocks: number[]) {
  return (trial: Trial): Trial =>
    blocks.includes(trial.block) && trial.position === 0 ? voidTrial(trial) : trial;
}

/** Makes the twin costlier by a factor, in CPU alone. */
function costlyTwin(factor: (block: number) => number) {
  return (trial: Trial): Trial => {
    if (trial.subject !== 'go-net-twin') return trial;
    const server = { ...trial.server };
    for (const key of ['user_cpu_us', 'system_cpu_us']) {
      const entry = server[key] ?? expect.fail(key);
      server[key] = { ...entry, value: (entry.value ?? 0) * factor(trial.block) };
    }
    return { ...trial, server };
  };
}

test('a quiet run with a twin and self-tests is clean, and leaves nothing out', () => {
  const parts = [
    { id: 'instruments', kind: 'instruments', level: 'clean', reasons: [] },
    { id: 'keepalive-c64', kind: 'condition', level: 'clean', reasons: [] },
  ];
  expect(quality()).toEqual({ level: 'clean', reasons: [], parts, excluded: [] });
});

describe('void blocks', () => {
  test('up to a tenth, made good: clean, and listed', () => {
    const repeat = (trial: Trial): Trial =>
      trial.block === 10 ? { ...trial, replaces: 4 } : voiding(4)(trial);
    const run = makeRun({ blocks: 11, connections: [64], noise: 0.006, edit: repeat });
    const header = {
      ...run.header,
      calibration: CALIBRATION,
      plan: { ...run.header.plan, blocks: 10, order: run.header.plan.order.map((b) => b.slice(1)) },
    };
    const found = conclude(header, run.trials, null).quality;
    expect(found.level).toBe('clean');
    expect(found.excluded).toHaveLength(5);
    expect(found.excluded[0]?.reason).toBe('void: steal on CPU 0 was 7.1 %');
    expect(found.excluded[1]?.reason).toMatch(/^in a void block: keepalive-c64-b4-p0 \(/);
  });

  test('one that was not made good: noisy', () => {
    const found = quality({ edit: voiding(4) });
    expect(found.level).toBe('noisy');
    expect(found.reasons).toEqual([
      'keepalive-c64: 1 of 10 planned blocks was void and was not repeated',
    ]);
  });

  test('a plan that voids nothing: noisy where another would have', () => {
    const lost = (value: number) => (trial: Trial) => ({
      ...trial,
      checks: [{ name: 'steal_percent', value, level: 'warn' as const, text: `${value} % stolen` }],
    });
    const { plan } = makeRun({ blocks: 10, connections: [64] }).header;
    const keeping = { plan: { ...plan, thresholds: withoutVoid(THRESHOLDS) } };
    expect(quality({ edit: lost(51), header: keeping })).toMatchObject({
      level: 'noisy',
      reasons: [
        'keepalive-c64: 50 of 50 trials would be void in another profile, the first because 51 % stolen',
      ],
    });
    expect(quality({ edit: lost(4), header: keeping }).level).toBe('clean');
    const voiding = { plan: { ...plan, thresholds: THRESHOLDS } };
    expect(quality({ edit: lost(51), header: voiding }).level).toBe('clean');
  });

  test('more than a tenth: noisy; more than three tenths: invalid', () => {
    expect(quality({ edit: voiding(1, 2) })).toMatchObject({
      level: 'noisy',
      reasons: [expect.stringContaining('2 of 10 blocks (20 %) were void'), expect.anything()],
    });
    expect(quality({ edit: voiding(1, 2, 3) }).level).toBe('noisy');
    expect(quality({ edit: voiding(1, 2, 3, 4) }).level).toBe('invalid');
  });
});

const NO_TWIN = 'keepalive-c64: no A/A check: no server ran twice';

describe('the A/A twin', () => {
  test('a twin that differs: invalid, and nothing is decided', () => {
    const { quality: found, summary } = concluded({ edit: costlyTwin(() => 1.05) });
    expect(found.level).toBe('invalid');
    expect(found.reasons[0]).toMatch(
      /^keepalive-c64: A\/A, cpu_us_per_request: the same program differs from itself at 99 % of the whole/,
    );
    const decisions = summary.flatMap((row) => (row.kind === 'ratio' ? [row.decision] : []));
    expect(new Set(decisions)).toEqual(new Set([null]));
  });

  test('the more conditions, the more a single one must differ: chance alone is no reason', () => {
    // 9 of 10 blocks costlier, the other by the seventh of the distances: p = 2 x 19 / 1024.
    const costly = costlyTwin((block) => 1 + 0.003 * (block + 1) * (block === 6 ? -1 : 1));
    const only = (trial: Trial) => (trial.condition === 'keepalive-c64' ? costly(trial) : trial);
    expect(quality({ noise: 0, edit: only }).reasons[0]).toMatch(/at 95 % of the whole run/);
    const connections = [1, 2, 8, 64, 256, 512];
    expect(quality({ noise: 0, connections, edit: only }).level).toBe('clean');
  });

  test('a twin that scatters widely: noisy', () => {
    const found = quality({ edit: costlyTwin((block) => (block % 2 === 0 ? 1.12 : 1 / 1.12)) });
    expect(found.level).toBe('noisy');
    expect(found.reasons[0]).toMatch(/is wider than 3 % to a side$/);
  });

  test('too few blocks for an interval, or no twin at all: noisy', () => {
    expect(quality({ blocks: 2 }).reasons[0]).toContain('no interval (no 95 % interval from 2');
    const alone = quality({ subjects: ['go-net', 'callback-epoll'] });
    expect(alone).toMatchObject({ level: 'noisy', reasons: [NO_TWIN] });
  });
});

describe('the instruments', () => {
  test('a failed self-test: invalid, and that comes first', () => {
    const selfTests = [{ name: 'known delay', ok: false, text: 'reported 300 us for 200 us' }];
    const found = quality({
      edit: voiding(1, 2),
      header: { calibration: { ...CALIBRATION, selfTests } },
    });
    expect(found.level).toBe('invalid');
    expect(found.reasons[0]).toBe('self-test known delay failed: reported 300 us for 200 us');
  });

  test('no calibration: not clean, and said', () => {
    expect(quality({ header: { calibration: null } })).toMatchObject({
      level: 'noisy',
      reasons: ['the instruments were not calibrated: no self-test was made'],
    });
  });
});

test('a clean run decides, failed trials are listed and cost no level', () => {
  const { quality: found, summary } = concluded({
    edit: (t) => (t.block === 3 && t.subject === 'callback-epoll' ? failTrial(t) : t),
  });
  expect(found.level).toBe('clean');
  expect(found.excluded).toMatchObject([{ subject: 'callback-epoll' }]);
  const threads = summary.find(
    (row) =>
      row.kind === 'ratio' &&
      row.subject === 'thread-per-connection' &&
      row.metric === 'cpu_us_per_request',
  );
  expect(threads).toMatchObject({ decision: 'worse' });
});

test('a run in which all failed is invalid', () => {
  expect(quality({ edit: (trial) => failTrial(trial) }).level).toBe('invalid');
});

describe('by part', () => {
  const connections = [1, 64, 512];
  const levels = ({ parts }: Quality) => parts?.map(({ id, level }) => `${id} ${level}`);
  const decisionsAt = ({ summary }: ReturnType<typeof conclude>) =>
    connections.map((n) =>
      summary.some((row) => row.kind === 'ratio' && row.connections === n && row.decision !== null),
    );

  test('an A/A miss at one condition silences that condition alone', () => {
    const costly = costlyTwin(() => 1.05);
    const edit = (trial: Trial) => (trial.condition === 'keepalive-c512' ? costly(trial) : trial);
    const found = concluded({ connections, edit });
    expect(decisionsAt(found)).toEqual([true, true, false]);
    expect(levels(found.quality)).toEqual([
      'instruments clean',
      'keepalive-c1 clean',
      'keepalive-c64 clean',
      'keepalive-c512 invalid',
    ]);
    expect(found.quality.level).toBe('noisy');
    expect(found.quality.reasons).toEqual([expect.stringMatching(/^keepalive-c512: A\/A, cpu_us/)]);
  });

  test('void blocks count against their own condition', () => {
    const spoil = voiding(1, 2, 3, 4);
    const edit = (trial: Trial) => (trial.condition === 'keepalive-c1' ? spoil(trial) : trial);
    expect(decisionsAt(concluded({ connections, edit }))).toEqual([false, true, true]);
  });

  test('the run is invalid when more than half of its conditions are', () => {
    const costly = costlyTwin(() => 1.05);
    const but = (...good: string[]) => ({
      connections,
      edit: (trial: Trial) => (good.includes(trial.condition) ? trial : costly(trial)),
    });
    expect(quality(but('keepalive-c1', 'keepalive-c64')).level).toBe('noisy');
    expect(quality(but('keepalive-c1')).level).toBe('invalid');
  });

  test('a self-test that fails silences every condition, and no evidence', () => {
    const selfTests = [{ name: 'known delay', ok: false, text: 'reported 300 us for 200 us' }];
    const header = { calibration: { ...CALIBRATION, selfTests } };
    const found = concluded({ connections, header }, evidenceOf(switchTable()));
    expect(decisionsAt(found)).toEqual([false, false, false]);
    expect(levels(found.quality)?.filter((text) => text.endsWith('clean'))).toEqual([
      'switchCosts clean',
    ]);
    const reason = 'self-test known delay failed: reported 300 us for 200 us';
    expect(found.quality.reasons).toEqual([reason]);
  });
});
