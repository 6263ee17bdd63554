/** The control side: docs/PROTOCOL.md, section 2. */
import { readFileSync, writeSync } from 'node:fs';
import { createInterface } from 'node:readline';

const DRAIN_MS = 2000;

/** Ends the process with one line on stderr that says what is wrong. */
export function fail(status, why) {
  process.stderr.write(`node-net: ${why}\n`);
  process.exit(status);
}

/** One write, so that lines never interleave. When nobody reads, nobody needs this server. */
function print(line) {
  try {
    writeSync(1, `${JSON.stringify(line)}\n`);
  } catch {
    fail(1, 'stdout is closed');
  }
}

export function printReady(port, mode) {
  const about = { workers: 1, runtime: `node${process.version}` };
  print({ event: 'ready', port, pid: process.pid, variant: 'node-net', mode, ...about });
}

function printStats(server, isFinal) {
  const monotonic = process.hrtime.bigint();
  const usage = process.resourceUsage();
  print({
    event: 'stats',
    monotonic_ns: Number(monotonic),
    user_cpu_us: usage.userCPUTime,
    system_cpu_us: usage.systemCPUTime,
    voluntary_switches: usage.voluntaryContextSwitches,
    involuntary_switches: usage.involuntaryContextSwitches,
    ...peakRss(),
    requests: server.requests,
    accepts: server.accepts,
    connections_open: server.connections.size,
    bytes_written: bytesWritten(server),
    ...(isFinal ? { final: true } : {}),
  });
}

/** VmHWM: the peak of rusage would include what the parent had before exec. */
function peakRss() {
  try {
    const kib = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
    return kib === undefined ? {} : { max_rss_bytes: Number(kib) * 1024 };
  } catch {
    return {};
  }
}

/** Without what the sockets have taken and the kernel has not. */
function bytesWritten(server) {
  let sum = server.bytesWritten;
  for (const { socket } of server.connections) sum += socket.bytesWritten - socket.writableLength;
  return sum;
}

export function answerStats(server) {
  createInterface({ input: process.stdin }).on('line', (line) => {
    if (line === 'stats') printStats(server, false);
  });
}

/** SIGTERM and the end of stdin. */
export function stopOn(listener, server) {
  const stop = () => {
    if (server.isStopping) return;
    server.isStopping = true;
    listener.close();
    const end = () => {
      printStats(server, true);
      process.exit(0);
    };
    setTimeout(end, DRAIN_MS);
    // By then every socket is closing, and emits `close` within some turns of the loop.
    const endWhenClosed = () =>
      server.connections.size === 0 ? end() : setImmediate(endWhenClosed);
    listener.once('close', endWhenClosed);
    for (const connection of server.connections) connection.endWhenIdle();
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  process.stdin.on('end', stop);
}
