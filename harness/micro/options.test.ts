import { describe, expect, it } from 'vitest';
import { failTrial, voidTrial } from '../results/testing.js';
import { analyseOptions, FLOOR } from './options.js';
import { optionsFileSchema } from './schema.js';
import { makeOptionsFile, makeOptionsInput } from './testing.js';

describe('analyseOptions', () => {
  const input = makeOptionsInput(10);
  const { options, figures, floorRows } = analyseOptions(input);

  it('has a row per set and connection count, without sets that did not take part', () => {
    expect(options.map(({ connections, label }) => `${label} ${connections}`)).toEqual([
      'none 64',
      'callbacks 64',
      'none 512',
      'callbacks 512',
    ]);
  });

  it('compares each set with the first, which has nothing to be compared with', () => {
    const [base, other] = options;
    expect(base).toMatchObject({ verdict: 'base', cpuRatio: null, p99Ratio: null });
    expect(other?.cpuRatio?.n).toBe(10);
    expect(other?.cpuRatio?.estimate).toBeCloseTo(
      (other?.cpu.estimate ?? 0) / (base?.cpu.estimate ?? 1),
      1,
    );
  });

  it.each([
    [0.8, 'pays'],
    [1.25, 'costs'],
    [1, 'no-difference'],
  ])('decides by the interval: CPU times %f %s', (factor, verdict) => {
    const trials = input.results.trials.map((trial) => {
      const twin = input.results.trials.find(
        ({ condition, block, subject }) =>
          subject === 'coroutine-epoll' && condition === trial.condition && block === trial.block,
      );
      if (trial.subject !== 'callback-epoll' || !twin) return trial;
      const user = twin.server.user_cpu_us;
      if (!user || user.value === null) throw new Error('no CPU time');
      const noise = trial.block % 2 === 0 ? 1.01 : 0.99;
      const user_cpu_us = { ...user, value: user.value * noise * factor };
      const system = twin.server.system_cpu_us;
      if (!system || system.value === null) throw new Error('no CPU time');
      const system_cpu_us = { ...system, value: system.value * noise * factor };
      return {
        ...trial,
        client: twin.client,
        server: { ...twin.server, user_cpu_us, system_cpu_us },
      };
    });
    const made = analyseOptions({ ...input, results: { ...input.results, trials } });
    expect(made.options[1]).toMatchObject({ label: 'callbacks', verdict });
  });

  it('leaves it open with too few blocks, and where nothing was measured', () => {
    expect(analyseOptions(makeOptionsInput(3)).options[1]).toMatchObject({ verdict: 'open' });
    const trials = input.results.trials.map((trial) =>
      trial.subject === 'callback-epoll' ? failTrial(trial) : trial,
    );
    const made = analyseOptions({ ...input, results: { ...input.results, trials } });
    expect(made.options[1]).toMatchObject({ verdict: 'open', cpu: { estimate: null } });
  });

  it('sets every subject against the reference and the floor, plain ones against each other', () => {
    const at64 = figures.filter(({ connections }) => connections === 64);
    expect(at64.map(({ subject, versus }) => `${subject} / ${versus}`)).toEqual([
      'go-net / coroutine-epoll',
      `go-net / ${FLOOR}`,
      'go-net-twin / go-net',
      `go-net-twin / ${FLOOR}`,
      'coroutine-epoll / go-net',
      `coroutine-epoll / ${FLOOR}`,
      'callback-epoll / go-net',
      `callback-epoll / ${FLOOR}`,
    ]);
  });

  it("pairs the floor with its own block's median", () => {
    expect(floorRows[0]?.us.estimate).toBeCloseTo(4.02, 2);
    expect(floorRows[0]?.us.n).toBe(10);
    const figure = figures.find(({ versus }) => versus === FLOOR);
    const cpu = options.find(({ subject }) => subject === 'coroutine-epoll')?.cpu.estimate ?? 0;
    expect(figure?.ratio.n).toBe(10);
    const own = figures.find((row) => row.versus === FLOOR && row.subject === 'coroutine-epoll');
    expect(own?.ratio.estimate).toBeCloseTo(cpu / 4.02, 1);
  });

  it('leaves a void block out of the floor ratios too', () => {
    const trials = input.results.trials.map((trial) =>
      trial.block === 2 && trial.subject === 'go-net' ? voidTrial(trial) : trial,
    );
    const made = analyseOptions({ ...input, results: { ...input.results, trials } });
    for (const { versus, ratio } of made.figures) if (versus === FLOOR) expect(ratio.n).toBe(9);
  });

  it('gives bytes per idle connection against the reference', () => {
    const { idleRows } = analyseOptions(input);
    expect(idleRows.map(({ subject, silentRatio }) => [subject, silentRatio?.toFixed(2)])).toEqual([
      ['callback-epoll', '3.00'],
      ['coroutine-epoll', '2.00'],
      ['go-net', '1.00'],
    ]);
    expect(idleRows[2]).toMatchObject({ silent: 4097, silentRange: [4096, 4098], served: 8193 });
  });

  it('makes what the schema allows', () => {
    const file = makeOptionsFile(6);
    expect(optionsFileSchema.parse(file)).toEqual(file);
  });
});
