/**
 * A client that pipelines GET / without end and reads every answer, in a thread of its own, so that
 * it never waits for what the checks do. Started by startEndless.
 */
import net from 'node:net';
import path from 'node:path';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { repositoryRoot } from '../root.js';
import { request } from '../server/messages.js';

const REQUESTS_AT_ONCE = 1000;

/** Resolves when the first answers have come; rejects when the connection breaks before. */
export async function startEndless(port: number): Promise<{ end: () => Promise<void> }> {
  const file = path.join(repositoryRoot(), 'dist', 'harness', 'conformance', 'endless.js');
  const worker = new Worker(file, { workerData: { port } });
  await new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
  // Answers that end after that: the others' answers say whether the server still serves.
  worker.on('error', () => {});
  return {
    end: async () => {
      await worker.terminate();
    },
  };
}

function pipeline(port: number): void {
  const requests = Buffer.from(request().repeat(REQUESTS_AT_ONCE), 'latin1');
  const socket = net.connect(port, '127.0.0.1');
  const send = () => {
    while (socket.write(requests));
  };
  socket.on('connect', send).on('drain', send).resume();
  socket.once('data', () => parentPort?.postMessage('answered'));
}

if (!isMainThread && typeof workerData?.port === 'number') pipeline(workerData.port);
