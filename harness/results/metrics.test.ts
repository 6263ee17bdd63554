import { expect, test } from 'vitest';
import { isCost, METRIC_NAMES, METRICS } from './metrics.js';

test('every metric has a unit, a direction and a name on the page', () => {
  for (const name of METRIC_NAMES) {
    const { unit, better, label } = METRICS[name];
    expect(name).toMatch(/^[a-z0-9_]+$/);
    expect(unit).toMatch(/./);
    expect(label).toMatch(/./);
    expect(['higher', 'lower', 'neither']).toContain(better);
  }
});

test('labels tell metrics apart', () => {
  const labels = METRIC_NAMES.map((name) => METRICS[name].label);
  expect(new Set(labels).size).toBe(labels.length);
});

test('what describes is no primary metric', () => {
  const describing = METRIC_NAMES.filter((name) => METRICS[name].better === 'neither');
  expect(describing).toContain('requests_per_wait');
  expect(describing.filter((name) => METRICS[name].isPrimary)).toEqual([]);
});

test('a metric is a cost or a yield; one that describes is neither and is not compared', () => {
  expect(isCost('cpu_us_per_request')).toBe(true);
  expect(isCost('requests_per_s')).toBe(false);
  expect(() => isCost('requests_per_wait')).toThrow('no value of it is better');
});
