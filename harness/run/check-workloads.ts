/**
 * The check of what a run will ask for beside `/`: one exchange of each workload, answered byte for
 * byte.
 */
import { modeOf, type Workload } from '../results/schema.js';
import { Dialogue } from './dialogue.js';
import { exchangeOf, GREETING } from './exchange.js';
import type { RunLimits } from './limits.js';
import type { Server } from './server.js';

/** A GET, or a POST with a body of so many bytes. */
export function requestFor(path: string, bodyBytes?: number): string {
  const start = ` ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n`;
  if (bodyBytes === undefined) return `GET${start}\r\n`;
  return `POST${start}Content-Length: ${bodyBytes}\r\n\r\n${'x'.repeat(bodyBytes)}`;
}

/** A whole 200 answer (docs/PROTOCOL.md, section 3). */
export function answerWith(body: Buffer): Buffer {
  const head = `HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: ${body.length}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), body]);
}

/** The requests of these workloads but for `/`, each once, with the bodies of their answers. */
function questionsOf(workloads: readonly Workload[]): Map<string, Buffer> {
  const exchanges = workloads.map((one) => exchangeOf(one));
  const asked = exchanges.flatMap((one) => (one.kind === 'http' && one.path !== '/' ? [one] : []));
  return new Map(asked.map((one) => [requestFor(one.path, one.bodyBytes), one.expectedBody]));
}

/** On a server in http mode; plain answers: status and body. Rejects with ServerFault. */
export async function checkPaths(
  server: Server,
  workloads: readonly Workload[],
  limits: RunLimits,
  isExact = true,
): Promise<void> {
  for (const [request, body] of questionsOf(workloads)) {
    const line = request.slice(0, request.indexOf(' HTTP/'));
    const dialogue = await Dialogue.open(server, limits.answerMs);
    try {
      dialogue.send(request);
      if (isExact) await dialogue.expect(answerWith(body), line);
      else await dialogue.expectBody(body.toString('latin1'), line);
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
