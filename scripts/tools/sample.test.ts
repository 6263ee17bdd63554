import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Results } from '../../harness/results/schema.js';
import { makeResults } from '../../harness/results/testing.js';
import { SAMPLE, sampleTroubles } from './sample.js';

const good = makeResults({ subjects: ['go-net'], connections: [64], blocks: 1 });

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'iomodels-sample-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** A folder as refresh leaves it, the page reduced to the data that it carries. */
async function put(results: Results): Promise<string[]> {
  const data = gzipSync(JSON.stringify(results)).toString('base64');
  await writeFile(join(folder, 'report.html'), `<script id="results" type="x">${data}</script>`);
  return sampleTroubles(folder);
}

test('a good sample has nothing wrong with it', async () => {
  expect(await put(good)).toEqual([]);
});

test('what is wrong with a bad one is said', async () => {
  expect(sampleTroubles(folder)).toEqual(['there is no report.html']);
  const moved = { ...good, header: { ...good.header, argv: ['compare', '--out', '/tmp/x'] } };
  expect(await put(moved)).toEqual(['report.html names a path of its machine: /tmp/x']);
  await writeFile(join(folder, 'report.html'), '<p>nothing</p>');
  expect(sampleTroubles(folder)).toEqual(['report.html carries no results']);
  const invalid = { ...good, quality: { ...good.quality, level: 'invalid' as const } };
  expect(await put(invalid)).toEqual(['the run is invalid: no example for anybody']);
  expect(await put({ ...good, outcome: 'partial' })).toEqual(['the run is partial']);
  expect(await put({ ...good, trials: 3 } as unknown as Results)).toEqual([
    expect.stringContaining('trials'),
  ]);
});

test('the sample of this repository, once there is one, has nothing wrong with it', () => {
  const troubles = existsSync(SAMPLE) ? sampleTroubles(SAMPLE) : [];
  expect(troubles).toEqual([]);
});
