/**
 * Traces of servers through listen, accept, requests, close, a long reply to a slow reader, and
 * stop: the diagnostic pass of a run, apart from everything that is timed.
 *
 * Between two steps the client waits until the server makes no more calls. So each read that finds
 * nothing comes before the next request, and the trace does not depend on which side was faster.
 */
import type { Trace } from '../results/evidence.js';
import type { GatherInput } from '../run/input.js';
import type { Candidate } from '../run/subject.js';
import { normalised, TRACED_CALLS } from './normalise.js';
import { SlowClient, TracedServer } from './traced-server.js';

const REQUESTS = 3;
/** More than send and receive buffers can grow to while the reader does not read. */
const BULK_BYTES = 8 << 20;
/** What the slow reader takes at one time; a whole answer of a plain request fits. */
const STEP_BYTES = 512 << 10;

/** All phases of one server. Rejects with ServerFault or Interrupted. */
export async function phasesOf(candidate: Candidate, input: GatherInput): Promise<Trace['phases']> {
  const traced = await TracedServer.start(candidate, input, { calls: TRACED_CALLS });
  try {
    const ends = await converse(traced, candidate, input.signal);
    return slices(traced, ends);
  } finally {
    await traced.remove();
  }
}

/** A phase, and how many calls had returned when it was over. */
type Ends = [phase: Trace['phases'][number]['phase'], calls: number][];

async function converse(
  traced: TracedServer,
  { built }: Candidate,
  signal: AbortSignal,
): Promise<Ends> {
  const ends: Ends = [];
  const over = async (phase: Ends[number][0]) => {
    await traced.settle();
    ends.push([phase, traced.calls().length]);
  };
  await over('listen');
  const client = await SlowClient.open(traced.server, STEP_BYTES, signal);
  try {
    await over('accept');
    for (let asked = 0; asked < REQUESTS; asked += 1) {
      client.send(request(traced, '/'));
      await client.take(signal);
      await traced.settle();
    }
    await over('request');
  } finally {
    client.close();
  }
  await over('close');
  if (built.variant.serves.targets.includes('/bytes')) {
    await readSlowly(traced, signal);
    await over('bulk');
  }
  await traced.stop();
  ends.push(['stop', traced.calls().length]);
  return ends;
}

/** Takes a long reply step by step: no step before the server has stopped writing. */
async function readSlowly(traced: TracedServer, signal: AbortSignal): Promise<void> {
  const client = await SlowClient.open(traced.server, STEP_BYTES, signal);
  try {
    await traced.settle();
    client.send(request(traced, `/bytes?n=${BULK_BYTES}`));
    while (client.received < BULK_BYTES) {
      await traced.settle();
      await client.take(signal);
    }
    await traced.settle();
  } finally {
    client.close();
  }
}

function request({ server }: TracedServer, target: string): string {
  return `GET ${target} HTTP/1.1\r\nHost: 127.0.0.1:${server.ready.port}\r\n\r\n`;
}

/** Names go through all calls: what a descriptor is for may show in a later phase. */
function slices(traced: TracedServer, ends: Ends): Trace['phases'] {
  const all = normalised(traced.calls());
  return ends.map(([phase, end], i) => {
    const begun = ends[i - 1]?.[1] ?? 0;
    return { phase, calls: all.flatMap(({ at, call }) => (at >= begun && at < end ? [call] : [])) };
  });
}
