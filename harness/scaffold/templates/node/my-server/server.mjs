/**
 * my-server: one event loop, on Node's own net. It conforms as it is; CHANGE marks what is yours.
 */
import { execFileSync } from 'node:child_process';
import net from 'node:net';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';

const HEAD_MAX = 8192;
const STOP_MS = 2000;

// CHANGE: what a request is worth.
const bodyOf = (target) => (target === '/' ? 'I am server!' : undefined);

const counts = { requests: 0, accepts: 0, connections_open: 0, bytes_read: 0, bytes_written: 0 };
const sockets = new Set();
let stopping = false;

// CHANGE: how a connection waits. Here each is a callback of the event loop.
function serve(socket) {
  counts.accepts += 1;
  counts.connections_open += 1;
  sockets.add(socket);
  let rest = '';
  socket.on('data', (chunk) => {
    counts.bytes_read += chunk.length;
    const heads = (rest + chunk.toString('latin1')).split('\r\n\r\n');
    rest = heads.pop() ?? '';
    for (const head of heads) if (!answer(socket, head)) return;
    if (rest.length >= HEAD_MAX) reply(socket, '431 Request Header Fields Too Large', '', true);
  });
  // What came before the end of file has been answered.
  socket.on('end', () => socket.end());
  socket.on('drain', () => socket.resume());
  socket.on('error', () => socket.destroy());
  socket.on('close', () => {
    counts.connections_open -= 1;
    sockets.delete(socket);
    if (stopping) leaveWhenIdle();
  });
}

/** Answers one head; false when the connection is to end. */
function answer(socket, head) {
  const { refusal, target, close } = judge(head);
  if (refusal !== undefined) return reply(socket, refusal, '', true);
  const body = bodyOf(target);
  if (body === undefined) return reply(socket, '404 Not Found', '', close);
  return reply(socket, '200 OK', body, close);
}

const BAD = { refusal: '400 Bad Request' };

function judge(head) {
  const [first = '', ...lines] = head.split('\r\n');
  const [, method, target, minor] = /^([A-Z]{1,16}) ([!-~]+) HTTP\/1\.([01])$/.exec(first) ?? [];
  if (method === undefined || head.length > HEAD_MAX) return BAD;
  let hosts = 0;
  let close = minor === '0';
  for (const line of lines) {
    const [, name = '', value = ''] =
      /^([\w!#$%&'*+.^`|~-]+):([\t -~\x80-\xff]*)$/.exec(line) ?? [];
    if (name === '') return BAD;
    if (/^(content-length|transfer-encoding)$/i.test(name)) return BAD;
    if (/^host$/i.test(name)) hosts += 1;
    if (/^connection$/i.test(name)) close ||= /\bclose\b/i.test(value);
  }
  if (hosts > 1 || (hosts === 0 && minor === '1')) return BAD;
  return method === 'GET' ? { target, close } : { refusal: '405 Method Not Allowed' };
}

function reply(socket, status, body, close) {
  const last = close ? 'Connection: close\r\n' : '';
  const text = `HTTP/1.1 ${status}\r\nContent-Type: text/plain\r\nContent-Length: ${body.length}\r\n${last}\r\n${body}`;
  counts.requests += 1;
  counts.bytes_written += text.length;
  const hasRoom = socket.write(text, 'latin1');
  if (close) {
    socket.removeAllListeners('data');
    socket.end();
    socket.resume();
  } else if (!hasRoom) {
    socket.pause();
  }
  return !close;
}

// ---- control: docs/PROTOCOL.md, sections 1 and 2 ------------------------------------------------

const print = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);

function stats() {
  const usage = process.resourceUsage();
  return {
    event: 'stats',
    monotonic_ns: Number(process.hrtime.bigint()),
    user_cpu_us: usage.userCPUTime,
    system_cpu_us: usage.systemCPUTime,
    voluntary_switches: usage.voluntaryContextSwitches,
    involuntary_switches: usage.involuntaryContextSwitches,
    ...counts,
  };
}

/** Stops accepting, closes idle connections, lets what is under way be sent, and ends. */
function stop() {
  if (stopping) return;
  stopping = true;
  server.close();
  // After what the kernel has received already.
  setImmediate(() => {
    for (const socket of sockets) socket.destroySoon();
    leaveWhenIdle();
  });
  setTimeout(leave, STOP_MS - 200).unref();
}

function leaveWhenIdle() {
  if (sockets.size === 0) leave();
}

function leave() {
  print({ ...stats(), final: true });
  process.exit(0);
}

const { values } = parseArgs({
  options: {
    listen: { type: 'string', default: '127.0.0.1:0' },
    cpus: { type: 'string' },
    mode: { type: 'string', default: 'http' },
  },
});
if (values.cpus !== undefined) {
  execFileSync('taskset', ['-a', '-p', '-c', values.cpus, String(process.pid)]);
}
const server = net.createServer({ allowHalfOpen: true, noDelay: true }, serve);
const [host, port] = values.listen.split(':');
server.listen({ host, port: Number(port), backlog: 4096 }, () =>
  print({
    event: 'ready',
    port: server.address().port,
    pid: process.pid,
    variant: 'my-server',
    mode: 'http',
    runtime: process.version,
  }),
);
createInterface({ input: process.stdin })
  .on('line', (line) => line === 'stats' && print(stats()))
  .on('close', stop);
// When the reader of stdout has ended, stdin shows it.
process.stdout.on('error', () => {});
process.on('SIGTERM', stop);
