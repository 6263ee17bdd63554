/**
 * Native servers under mixed load with random faults, for minutes: their memory and descriptors
 * stay flat, and every client that keeps to the protocol gets the right bytes.
 *
 *   node scripts/soak.mjs [--seconds 60] [--seed N] [--out folder] [variant...]
 *
 * Prints a table and writes soak.csv and soak.svg (resident memory and descriptors over time) into
 * the folder. Exit status 1 when a server grew, kept something, answered wrongly or ended badly.
 * Servers are those of build/Release, or of the folder in IOMODELS_NATIVE.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { Clients } from './soak/clients.mjs';
import { csv, svg } from './soak/draw.mjs';
import { SoakServer } from './soak/server.mjs';
import { verdictOf } from './soak/verdict.mjs';

const ROOT = path.resolve(import.meta.dirname, '..');
const SAMPLE_MS = 500;
/** After the load: connections end, stacks go back. */
const REST_MS = 2000;

/** Native variants of the repository. */
function nativeVariants() {
  const servers = path.join(ROOT, 'servers');
  return readdirSync(servers).filter((name) => {
    const file = path.join(servers, name, 'variant.json');
    return existsSync(file) && 'native' in JSON.parse(readFileSync(file, 'utf8')).launch;
  });
}

/**
 * @param {readonly SoakServer[]} servers
 * @param {number} untilMs
 */
async function watch(servers, untilMs) {
  while (performance.now() < untilMs) {
    await pause(SAMPLE_MS);
    for (const server of servers) server.sample();
  }
}

async function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      seconds: { type: 'string', default: '60' },
      seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
      out: { type: 'string', default: path.join(ROOT, 'reports', 'soak') },
    },
  });
  const seconds = Number(values.seconds);
  const names = positionals.length > 0 ? positionals : nativeVariants();
  process.stdout.write(`${names.join(', ')} for ${seconds} s, seed ${values.seed}\n`);
  const folder = process.env.IOMODELS_NATIVE ?? path.join(ROOT, 'build/Release');
  const servers = await Promise.all(names.map((name) => SoakServer.start(name, folder)));
  try {
    const clients = servers.map((server, i) => new Clients(server, Number(values.seed) + i));
    await watch(servers, performance.now() + seconds * 1000);
    await Promise.all(clients.map((one) => one.stop()));
    await watch(servers, performance.now() + REST_MS);
    const ends = await Promise.all(servers.map((server) => server.stop()));
    const verdicts = servers.map((server, i) =>
      verdictOf(server, /** @type {Clients} */ (clients[i]), ends[i] ?? ''),
    );
    mkdirSync(values.out, { recursive: true });
    writeFileSync(path.join(values.out, 'soak.csv'), csv(servers));
    writeFileSync(path.join(values.out, 'soak.svg'), await svg(servers));
    for (const { text } of verdicts) process.stdout.write(`${text}\n`);
    process.stdout.write(`graph: ${path.join(values.out, 'soak.svg')}\n`);
    process.exitCode = verdicts.every(({ faults }) => faults.length === 0) ? 0 : 1;
  } finally {
    for (const server of servers) server.kill();
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main();
