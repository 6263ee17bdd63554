/**
 * The check of what a run will ask for beside `/`: one exchange of each workload, answered byte for
 * byte.
 */
import type { Workload } from '../results/schema.js';
import { Dialogue } from './dialogue.js';
import { exchangeOf, GREETING, modeOf } from './exchange.js';
import type { RunLimits } from './limits.js';
import type { Server } from './server.js';

export function requestFor(path: string): string {
  return `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`;
}

/** A whole 200 answer (docs/PROTOCOL.md, section 3). */
export function answerWith(body: Buffer): Buffer {
  const head = `HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: ${body.length}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), body]);
}

/** The paths of these workloads but `/`, each once, with their bodies. */
function questionsOf(workloads: readonly Workload[]): Map<string, Buffer> {
  const exchanges = workloads.map((one) => exchangeOf(one));
  const asked = exchanges.flatMap((one) => (one.kind === 'http' && one.path !== '/' ? [one] : []));
  return new Map(asked.map(({ path, expectedBody }) => [path, expectedBody]));
}

/** On a server in http mode; plain answers: status and body. Rejects with ServerFault. */
export async function checkPaths(
  server: Server,
  workloads: readonly Workload[],
  limits: RunLimits,
  isExact = true,
): Promise<void> {
  for (const [path, body] of questionsOf(workloads)) {
    const dialogue = await Dialogue.open(server, limits.answerMs);
    try {
      dialogue.send(requestFor(path));
      if (isExact) await dialogue.expect(answerWith(body), `GET ${path}`);
      else await dialogue.expectBody(body.toString('latin1'), `GET ${path}`);
    } finally {
      dialogue.close();
    }
  }
}

export function asksGreeting(workloads: readonly Workload[]): boolean {
  return workloads.some((workload) => modeOf(workload) === 'greeting');
}

/** On a server in greeting mode: a byte, the greeting, end of file. Rejects with ServerFault. */
export async function checkGreeting(server: Server, limits: RunLimits): Promise<void> {
  const dialogue = await Dialogue.open(server, limits.answerMs);
  try {
    dialogue.send('x');
    await dialogue.expect(GREETING, 'one byte');
    await dialogue.expectEnd('one byte');
  } finally {
    dialogue.close();
  }
}
