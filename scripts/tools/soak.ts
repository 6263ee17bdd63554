/**
 * Native servers under mixed load with random faults, for minutes: their memory and descriptors
 * stay flat, and every client that keeps to the protocol gets the right bytes. Needs a build.
 *
 *   node dist/scripts/tools/soak.js [--seconds 60] [--seed N] [--out folder] [variant...]
 *
 * Prints a table and writes soak.csv and soak.svg (resident memory and descriptors over time) into
 * the folder. Exit status 1 when a server grew, kept something, answered wrongly or ended badly.
 * Servers are those of build/Release, or of the folder in IOMODELS_NATIVE.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { repositoryRoot } from '../../harness/root.js';
import { programsOf } from './programs.js';
import { Clients } from './soak/clients.js';
import { csv, svg } from './soak/draw.js';
import { SoakServer } from './soak/server.js';
import { verdictOf } from './soak/verdict.js';

const ROOT = repositoryRoot();
const SAMPLE_MS = 500;
/** After the load: connections end, stacks go back. */
const REST_MS = 2000;

async function watch(servers: readonly SoakServer[], untilMs: number): Promise<void> {
  while (performance.now() < untilMs) {
    await pause(SAMPLE_MS);
    for (const server of servers) server.sample();
  }
}

/** The outcome of each, as a line; true when all passed. */
async function soak(servers: readonly SoakServer[], seconds: number, seed: number, out: string) {
  const clients = servers.map(({ server }, i) => new Clients(server.port, seed + i));
  await watch(servers, performance.now() + seconds * 1000);
  await Promise.all(clients.map((one) => one.stop()));
  await watch(servers, performance.now() + REST_MS);
  const ends = await Promise.all(servers.map((server) => server.stop()));
  mkdirSync(out, { recursive: true });
  writeFileSync(path.join(out, 'soak.csv'), csv(servers));
  writeFileSync(path.join(out, 'soak.svg'), await svg(servers));
  const verdicts = servers.flatMap((server, i) => {
    const served = clients[i];
    return served === undefined ? [] : [verdictOf(server, served, ends[i] ?? '')];
  });
  for (const { text } of verdicts) process.stdout.write(`${text}\n`);
  process.stdout.write(`graph: ${path.join(out, 'soak.svg')}\n`);
  return verdicts.every(({ faults }) => faults.length === 0);
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
    out: { type: 'string', default: path.join(ROOT, 'reports', 'soak') },
  },
});
const programs = await programsOf(positionals);
const names = programs.map(({ variant }) => variant.name).join(', ');
process.stdout.write(`${names} for ${values.seconds} s, seed ${values.seed}\n`);
// Not one after the other: all of them are the load of the machine.
const servers = await Promise.all(programs.map((program) => SoakServer.start(program)));
try {
  const isGood = await soak(servers, Number(values.seconds), Number(values.seed), values.out);
  process.exitCode = isGood ? 0 : 1;
} finally {
  await Promise.all(servers.map(({ server }) => server.kill()));
}
