import { build, decodeFromCompressedBase64 } from 'hdr-histogram-js';
import { describe, expect, test } from 'vitest';
import { resultsSchema, runHeaderSchema, trialSchema } from './schema.js';
import { failTrial, makeResults, makeRun, voidTrial } from './testing.js';

describe('makeRun', () => {
  const { header, trials } = makeRun();

  test('is valid, and every planned trial is there in the planned order', () => {
    runHeaderSchema.parse(header);
    for (const trial of trials) trialSchema.parse(trial);
    const planned = [0, 1, 2, 3, 4, 5].flatMap((block) =>
      header.plan.conditions.flatMap(({ id }, c) =>
        (header.plan.order[c]?.[block] ?? []).map((subject) => `${id} ${block} ${subject}`),
      ),
    );
    expect(trials.map((t) => `${t.condition} ${t.block} ${t.subject}`)).toEqual(planned);
    expect(new Set(trials.map(({ id }) => id)).size).toBe(3 * 6 * 5);
    expect(trials.map(({ startedAt }) => startedAt)).toEqual(
      [...new Set(trials.map(({ startedAt }) => startedAt))].sort(),
    );
  });

  test('each second block mirrors the one before', () => {
    for (const blocks of header.plan.order) {
      for (let block = 1; block < blocks.length; block += 2) {
        expect(blocks[block]).toEqual([...(blocks[block - 1] ?? [])].reverse());
      }
    }
  });

  test('is the same for the same seed and another for another', () => {
    const small = (seed: string) => makeRun({ seed, connections: [64], blocks: 2 });
    expect(small('a')).toEqual(small('a'));
    expect(small('a').trials).not.toEqual(small('b').trials);
  });

  test('accounts add up and histograms are real', () => {
    const { counts, latency } = trials[0] ?? expect.fail('no trial');
    expect(counts?.sent).toBe((counts?.ok ?? 0) + (counts?.unfinished ?? 0));
    const histogram = decodeFromCompressedBase64(latency?.service.v2 ?? '', 64, false);
    expect(histogram.totalCount).toBe(latency?.service.count);
    expect(histogram.getValueAtPercentile(99)).toBe(latency?.service.p99);
    expect(build().totalCount).toBe(0);
  });

  test('an unknown subject is refused by name', () => {
    expect(() => makeRun({ subjects: ['cgi'] })).toThrow('no made-up model for cgi');
  });
});

describe('makeResults', () => {
  test('a complete run is complete', () => {
    const results = makeResults();
    expect(resultsSchema.parse(results)).toEqual(results);
    expect(results).toMatchObject({ outcome: 'complete', problems: [] });
  });

  test('failed, void and missing trials make it partial and say so', () => {
    const results = makeResults({
      connections: [1],
      stopAfter: 20,
      edit: (trial) => {
        if (trial.block === 0 && trial.position === 0) return failTrial(trial);
        return trial.block === 1 && trial.position === 0 ? voidTrial(trial) : trial;
      },
    });
    resultsSchema.parse(results);
    expect(results.outcome).toBe('partial');
    expect(results.problems).toEqual([
      'keepalive-c1-b0-p0 failed: the server exited with status 139',
      'keepalive-c1-b1-p0 void: steal on CPU 0 was 7.1 %',
      'interrupted after 20 of 30',
    ]);
  });
});
