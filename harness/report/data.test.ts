import { randomBytes } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { type Results, resultsSchema, type Trial } from '../results/schema.js';
import { makeResults } from '../results/testing.js';
import { DATA_ID, embeddedData } from './data.js';

const made = makeResults({ subjects: ['go-net'], connections: [64], blocks: 6 });

function carried(results: Results) {
  const { blocks, thinned } = embeddedData(results);
  const block = blocks.find(({ id }) => id === DATA_ID);
  const text = gunzipSync(Buffer.from(block?.base64 ?? '', 'base64')).toString();
  return {
    thinned,
    characters: block?.base64.length ?? 0,
    copy: resultsSchema.parse(JSON.parse(text)),
  };
}

/** Histograms that no compression makes smaller. */
function withHistogram(trial: Trial, bytes: number): Trial {
  if (trial.latency === null) return trial;
  const service = { ...trial.latency.service, v2: randomBytes(bytes).toString('base64') };
  return { ...trial, latency: { ...trial.latency, service } };
}

test('a run is carried whole', () => {
  const { thinned, copy } = carried(made);
  expect(thinned).toBe(false);
  expect(copy).toEqual(made);
});

test('of a run too large for a page the histograms are left out, their quantiles are not', () => {
  const trials = made.trials.map((trial) => withHistogram(trial, 2 ** 20));
  const { thinned, characters, copy } = carried({ ...made, trials });
  expect(thinned).toBe(true);
  expect(characters).toBeLessThan(2 ** 18);
  expect(copy.trials.every(({ latency }) => latency?.service.v2 === '')).toBe(true);
  expect(copy.trials.map(({ latency }) => latency?.service.p99)).toEqual(
    trials.map(({ latency }) => latency?.service.p99),
  );
});
