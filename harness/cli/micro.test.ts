import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeOptionsFile, makeSamples, makeSwitchesFile } from '../micro/testing.js';
import { ratioPair } from './columns.js';
import { renderOptions, verdictText } from './micro-options-table.js';
import { renderSwitches } from './micro-switches-table.js';
import { FakeRepository } from './testing.js';

let repository: FakeRepository;
beforeEach(async () => {
  repository = await FakeRepository.create();
});
afterEach(() => repository.remove());

const NPM = { IOMODELS_COMMAND: 'npm run micro --' };
const PLAIN = { title: (text: string) => text, note: (text: string) => text };

describe('help', () => {
  it('shows options and examples as they are typed, in 80 columns', async () => {
    const { code, stdout } = await repository.cli(['micro', '--help'], { env: NPM });
    expect(code).toBe(0);
    expect(stdout).toMatchSnapshot();
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  });
});

describe('wrong arguments', () => {
  it.each([
    [['--rounds', '0'], '--rounds cannot be "0"', 'from 1 to 1000'],
    [['--blocks', '3'], '--blocks goes with --options only', 'add --options'],
    [['--variant-dir', 'x'], '--variant-dir goes with --options only', 'add --options'],
    [['--options', '--rounds', '3'], '--rounds has no meaning with --options', 'leave it out'],
    [['--options', '--variants', 'go-nte'], 'there is no variant go-nte', 'did you mean go-net?'],
    [['--cpus', 'server=7'], '--cpus asks for CPU 7', 'choose among 0,1'],
  ])('%j', async (argv, message, remedy) => {
    const { code, stdout, stderr } = await repository.cli(['micro', ...argv], { env: NPM });
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(`error: ${message}`);
    expect(stderr).toContain(remedy);
  });

  it.each([[[]], [['--options']]])('%j names the build when the probe is missing', async (argv) => {
    const { code, stdout, stderr } = await repository.cli(['micro', ...argv]);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain('The probe has not been built');
    expect(stderr).toContain('what to do: npm run build');
    expect(repository.input).toBeUndefined();
  });
});

describe.each([80, 120])('tables of %i columns', (width) => {
  const fits = (text: string) => {
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(width);
  };

  it('switches: rows, ratios, reasons', () => {
    const samples = makeSamples(20, (line, row, round) => {
      if (row === 'gosched') return null;
      const isSpoilt = row === 'thread-pipe-0' || (row === 'thread-futex-0' && round === 3);
      if (!isSpoilt) return line;
      return { ...line, switches: { expected: 1000, voluntary: 950, involuntary: 51 } };
    });
    const text = renderSwitches(makeSwitchesFile(samples), width, PLAIN);
    expect(text).toMatchSnapshot();
    fits(text);
  });

  it('options: verdicts, ratios to servers and floor, memory', () => {
    const text = renderOptions(makeOptionsFile(10), width, PLAIN);
    expect(text).toMatchSnapshot();
    fits(text);
  });
});

describe('ratioPair', () => {
  it.each([
    [{ estimate: 1.18, lo: 1.0021, hi: 1.78 }, ['1.18', '1.002-1.78']],
    [{ estimate: 1.18, lo: 1.00002, hi: 1.78 }, ['1.18', '1.0000-1.78']],
    [{ estimate: 1.01, lo: 0.9991, hi: 1.02 }, ['1.01', '1.00-1.02']],
    [{ estimate: 0.5, lo: null, hi: null }, ['0.50', '']],
    [{ estimate: null, lo: null, hi: null }, ['-', '']],
  ])('%j', (ratio, cell) => expect(ratioPair(ratio)).toEqual(cell));
});

describe('verdictText', () => {
  const [row] = makeOptionsFile(6).options;
  if (row === undefined) throw new Error('no option');

  it.each([
    [{ verdict: 'pays' as const }, 'pays', 'pays'],
    [{ verdict: 'costs' as const }, 'costs', 'costs'],
    [{ verdict: 'open' as const }, 'open', 'open'],
    [{ verdict: 'base' as const }, '', ''],
    [
      { verdict: 'no-difference' as const, detectable: 0.021 },
      '~ (2.1 %)',
      'no difference seen (could have seen 2.1 %)',
    ],
    [{ verdict: 'no-difference' as const, detectable: null }, '~', 'no difference seen'],
  ])('%j', (change, narrow, wide) => {
    expect(verdictText({ ...row, ...change }, false)).toBe(narrow);
    expect(verdictText({ ...row, ...change }, true)).toBe(wide);
  });
});
