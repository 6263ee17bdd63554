/**
 * The run's data as it travels inside the page: each file compressed and in base64, so that a run
 * of 2,000 trials stays a page that opens at once. The page's script offers them for download; the
 * page says how to take them out without it.
 */
import { gzipSync } from 'node:zlib';
import type { Histogram, Results, Trial } from '../results/schema.js';
import { summaryCsv, trialsCsv } from './csv.js';

interface DataBlock {
  /** Of the element in the page. */
  readonly id: string;
  /** Of the file that is offered. */
  readonly file: string;
  readonly mediaType: string;
  readonly base64: string;
}

export interface EmbeddedData {
  readonly blocks: readonly DataBlock[];
  /** The full histograms are left out, because the page would become too large with them. */
  readonly thinned: boolean;
}

/** The id of the element that holds results.json. */
export const DATA_ID = 'results';

/** Characters of base64: the page stays below 8 MiB with its charts. */
const RESULTS_MAX = 5 * 2 ** 20;

export function embeddedData(results: Results): EmbeddedData {
  const whole = packed(JSON.stringify(results));
  const thinned = whole.length > RESULTS_MAX;
  const base64 = thinned ? packed(JSON.stringify(withoutHistograms(results))) : whole;
  return {
    thinned,
    blocks: [
      { id: DATA_ID, file: 'results.json', mediaType: 'application/json', base64 },
      csv('trials-csv', 'trials.csv', trialsCsv(results)),
      csv('summary-csv', 'summary.csv', summaryCsv(results)),
    ],
  };
}

function csv(id: string, file: string, text: string): DataBlock {
  return { id, file, mediaType: 'text/csv', base64: packed(text) };
}

function packed(text: string): string {
  return gzipSync(Buffer.from(text), { level: 9 }).toString('base64');
}

/** Their quantiles stay; the encoded counts are empty. */
function withoutHistograms(results: Results): Results {
  const empty = <H extends Histogram | null>(histogram: H): H =>
    histogram === null ? histogram : { ...histogram, v2: '' };
  const trials = results.trials.map((trial): Trial => {
    const { latency } = trial;
    if (latency === null) return trial;
    const { service, response, lateness } = latency;
    return {
      ...trial,
      latency: { service: empty(service), response: empty(response), lateness: empty(lateness) },
    };
  });
  return { ...results, trials };
}
