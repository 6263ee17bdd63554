import { describe, expect, it } from 'vitest';
import type { Trial } from '../results/schema.js';
import { failTrial } from '../results/testing.js';
import { makeSweepResults } from '../results/testing-sweep.js';
import { renderSweep } from './sweep-table.js';
import { standardResults } from './testing.js';

function table(width: number, edit?: (trial: Trial) => Trial): string {
  const text = renderSweep(makeSweepResults(edit), width);
  expect(text.split('\n').filter((line) => line.length > width)).toEqual([]);
  return text;
}

describe('renderSweep', () => {
  it('fits 80 columns', () => {
    expect(table(80)).toMatchSnapshot();
  });

  it('has intervals of p99 at 120 columns', () => {
    expect(table(120)).toMatchSnapshot();
  });

  it('marks what the generator may have made, and counts what failed', () => {
    const spoil = (trial: Trial): Trial => {
      if (trial.subject === 'thread-per-connection' && trial.block < 4) {
        return trial.condition.endsWith('-36000') ? failTrial(trial) : trial;
      }
      if (trial.subject !== 'go-net' || trial.block !== 0) return trial;
      return { ...trial, checks: [{ name: 'lateness_us', value: 70, level: 'warn', text: '' }] };
    };
    const text = table(80, spoil);
    expect(text).toMatch(/go-net +1\d\d! /);
    expect(text).toContain('!  in some of the');
    expect(text).toContain('the generator sent late (');
    expect(text).toContain('failed: 4 of 6 trials of thread-per-connection at 36.0k/s');
  });

  it('is nothing for a run that is no sweep', () => {
    expect(renderSweep(standardResults(), 80)).toBe('');
  });
});
