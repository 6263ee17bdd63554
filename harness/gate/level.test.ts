import { describe, expect, it } from 'vitest';
import { type MakeRunOptions, makeRun, voidTrial } from '../results/testing.js';
import { levelOf, levelsOf } from './level.js';

const CALIBRATION = { durationMs: 1, values: [], selfTests: [] };
const C = 'keepalive-c64';

function level(options: MakeRunOptions, calibration: typeof CALIBRATION | null = CALIBRATION) {
  const subjects = ['go-net', 'go-net-twin', 'callback-epoll'];
  const run = makeRun({
    subjects,
    connections: [64],
    blocks: 10,
    header: { calibration },
    ...options,
  });
  return levelOf(run, C);
}

describe('the level of a condition', () => {
  it('is clean where nothing speaks against it', () => {
    const blur = { cpu_us_per_request: 0, requests_per_s: 0, latency_us_p99: 0 };
    expect(level({ noise: 0.005 })).toEqual({ condition: C, level: 'clean', reasons: [], blur });
  });

  it('is noisy where the A/A check resolves too little, and says how much', () => {
    const found = level({ noise: 0.15 });
    expect(found.level).toBe('noisy');
    expect(found.reasons[0]).toMatch(/A\/A .* resolves \d+ %, and 3 % are needed/);
    // No less than the half of the interval's width, whose centre is not at 0.
    const { cpu_us_per_request: blur } = found.blur;
    expect(blur).toBeGreaterThan(0.03);
    expect(blur).toBeLessThan(0.6);
  });

  it('is noisy without a self-test or a twin', () => {
    const untested = level({ noise: 0.005 }, null);
    expect(untested.reasons).toEqual(['the instruments were not tested']);
    const alone = level({ noise: 0.005, subjects: ['go-net', 'callback-epoll'] });
    expect(alone.level).toBe('noisy');
    for (const { blur } of [untested, alone]) expect(blur.cpu_us_per_request).toBeNull();
  });

  it('is noisy or invalid by the share of void blocks', () => {
    const spoil = (blocks: readonly number[]) =>
      level({
        noise: 0.005,
        edit: (trial) =>
          blocks.includes(trial.block) && trial.subject === 'callback-epoll'
            ? voidTrial(trial)
            : trial,
      });
    expect(spoil([1, 2]).level).toBe('noisy');
    expect(spoil([1, 2, 3, 4]).level).toBe('invalid');
  });

  it('is invalid where a self-test failed or the same program differs from itself', () => {
    const failed = { ...CALIBRATION, selfTests: [{ name: 'delay', ok: false, text: 'x' }] };
    expect(level({ noise: 0.005, header: { calibration: failed } }).level).toBe('invalid');
    const twice = level({
      noise: 0.005,
      edit: (trial) => (trial.subject === 'go-net-twin' ? twiceTheCpu(trial) : trial),
    });
    expect(twice).toMatchObject({ level: 'invalid' });
    expect(twice.reasons[0]).toContain('differs from itself');
  });

  it('is given for every condition', () => {
    const run = makeRun({ connections: [1, 64], header: { calibration: CALIBRATION } });
    expect(levelsOf(run).map(({ condition }) => condition)).toEqual(['keepalive-c1', C]);
  });
});

function twiceTheCpu(trial: ReturnType<typeof makeRun>['trials'][number]) {
  const { user_cpu_us: user } = trial.server;
  if (user === undefined) throw new Error('no CPU time');
  return { ...trial, server: { ...trial.server, user_cpu_us: { ...user, value: 1e9 } } };
}
