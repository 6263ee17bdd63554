import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { repositoryRoot } from '../root.js';
import { CONFIG_FILE, countMarginOf, fewestBlocks, parseConfig } from './config.js';
import { CONFIG } from './testing.js';

const text = (change: object) => JSON.stringify({ ...CONFIG, ...change });

describe('gate.config.json', () => {
  it('of this repository is valid, and is what the tests decide by', () => {
    const file = path.join(repositoryRoot(), CONFIG_FILE);
    const { $schema, ...config } = parseConfig(readFileSync(file, 'utf8'), file);
    expect($schema).toBe('./harness/gate/config.schema.json');
    expect(config).toEqual(CONFIG);
  });

  it.each([
    [{ timing: { ...CONFIG.timing, blocks: 5 } }, 'timing.blocks'],
    [{ timing: { ...CONFIG.timing, workloads: ['x'] } }, 'timing.workloads[0]'],
    [{ counts: { ...CONFIG.counts, trials: 1 } }, 'counts.trials'],
    [{ margin: 1 }, 'margin'],
  ])('names the field that is wrong: %j', (change, field) => {
    expect(() => parseConfig(text(change), 'x.json')).toThrow(field);
  });

  it('refuses so few blocks that nothing could ever fail', () => {
    const timing = { ...CONFIG.timing, blocks: 8 };
    expect(() => parseConfig(text({ timing }), 'x.json')).toThrow('fewer than 9');
    expect(fewestBlocks(0.99)).toBe(9);
    expect(fewestBlocks(0.9)).toBe(5);
  });
});

describe('the margin of a count', () => {
  it.each([
    ['keepalive-c1', 'syscalls_per_request', 0.02],
    ['greeting-c1', 'syscalls_per_request', 0.5],
    ['greeting-c1', 'voluntary_switches_per_request', undefined],
    ['idle-silent', 'idle_bytes_per_connection', 128],
    ['idle-silent', 'syscalls_per_request', undefined],
    ['keepalive-c1', 'idle_bytes_per_connection', undefined],
  ] as const)('%s %s', (condition, metric, absolute) => {
    expect(countMarginOf(CONFIG.counts, { condition, metric })?.absolute).toBe(absolute);
  });
});
