/**
 * The sample report that is part of the repository: reports/sample, made from a real run. The page
 * carries all of its data, so it is the only file there.
 *
 *     node dist/scripts/tools/sample.js refresh [folder of a run]     default: reports/latest
 *     node dist/scripts/tools/sample.js check [folder of a sample]    default: reports/sample
 *
 * refresh draws the run's report, and takes the picture that the README
 * shows where Chromium is installed. check says what is wrong with a sample and exits with 1 when
 * something is.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { argv, exit } from 'node:process';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { renderReport } from '../../harness/report/report.js';
import { parseResults } from '../../harness/results/parse.js';
import { repositoryRoot } from '../../harness/root.js';

const ROOT = repositoryRoot();
export const SAMPLE = join(ROOT, 'reports', 'sample');
const PICTURE = join(ROOT, 'docs', 'images', 'report.png');
const CHROMIUM = '/usr/bin/chromium';
const PAGE_BYTES_MAX = 8 * 2 ** 20;
/** Folders of the machine that the run was made on. */
const MACHINE_PATH = /(?<![\w.])\/(?:root|home|tmp|work|Users)\/[^\s"\\]*/;

/** What is wrong with a sample; empty when nothing is. */
export function sampleTroubles(folder: string): string[] {
  const file = join(folder, 'report.html');
  if (!existsSync(file)) return ['there is no report.html'];
  const page = readFileSync(file, 'utf8');
  const text = embedded(page);
  if (text === '') return ['report.html carries no results'];
  const path = MACHINE_PATH.exec(text)?.[0];
  return [
    ...runTroubles(text, file),
    ...(path === undefined ? [] : [`report.html names a path of its machine: ${path}`]),
    ...(Buffer.byteLength(page) < PAGE_BYTES_MAX ? [] : ['report.html is larger than 8 MiB']),
  ];
}

function runTroubles(text: string, file: string): string[] {
  try {
    const { quality, outcome } = parseResults(text, file);
    return [
      ...(quality.level === 'invalid' ? ['the run is invalid: no example for anybody'] : []),
      ...(outcome === 'complete' ? [] : ['the run is partial']),
    ];
  } catch (error) {
    return [(error as Error).message];
  }
}

function embedded(page: string): string {
  const base64 = /<script id="results"[^>]*>([^<]*)</.exec(page)?.[1] ?? '';
  try {
    return gunzipSync(Buffer.from(base64, 'base64')).toString();
  } catch {
    return '';
  }
}

async function refresh(folder: string): Promise<string[]> {
  const text = readFileSync(join(folder, 'results.json'), 'utf8');
  mkdirSync(SAMPLE, { recursive: true });
  const html = await renderReport(parseResults(text, folder));
  writeFileSync(join(SAMPLE, 'report.html'), html);
  await takePicture(join(SAMPLE, 'report.html'));
  return sampleTroubles(SAMPLE);
}

async function takePicture(page: string): Promise<void> {
  if (!existsSync(CHROMIUM)) {
    console.error(`no picture was taken: ${CHROMIUM} is missing (apt-get install chromium)`);
    return;
  }
  const { chromium } = await import('playwright-core');
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
  const tab = await browser.newPage({ viewport: { width: 1280, height: 960 } });
  await tab.goto(pathToFileURL(page).href);
  await tab.screenshot({ path: PICTURE });
  await browser.close();
}

async function main(): Promise<number> {
  const [job, folder] = argv.slice(2);
  if (job !== 'refresh' && job !== 'check') {
    console.error('say refresh or check: node dist/scripts/tools/sample.js refresh reports/<run>');
    return 2;
  }
  const troubles =
    job === 'refresh'
      ? await refresh(resolve(folder ?? join(ROOT, 'reports', 'latest')))
      : sampleTroubles(resolve(folder ?? SAMPLE));
  for (const trouble of troubles) console.error(`reports/sample: ${trouble}`);
  return troubles.length === 0 ? 0 : 1;
}

if (argv[1] !== undefined && resolve(argv[1]) === fileURLToPath(import.meta.url))
  exit(await main());
