/**
 * Node's own net module, one process and one event loop. docs/PROTOCOL.md is the specification,
 * connection.mjs the heart.
 */
import { readFileSync } from 'node:fs';
import net from 'node:net';
import { Connection, GreetingConnection } from './connection.mjs';
import { answerStats, fail, printReady, stopOn } from './control.mjs';
import { parseOptions } from './options.mjs';

const options = parseOptions(process.argv.slice(2));
if (typeof options === 'string') fail(2, options);

/** What is counted, and who is connected. Node reads and writes below this program. */
const server = {
  upstream: options.upstream,
  isStopping: false,
  requests: 0,
  accepts: 0,
  bytesWritten: 0,
  connections: new Set(),
};
const Kind = options.mode === 'http' ? Connection : GreetingConnection;

const listener = net.createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
  server.accepts += 1;
  const connection = new Kind(socket, server);
  server.connections.add(connection);
  socket.on('close', () => {
    server.bytesWritten += socket.bytesWritten;
    server.connections.delete(connection);
  });
});
listener.on('error', (error) => {
  // An accept that ran out of descriptors or memory: libuv accepts again.
  if (listener.listening) return;
  fail(1, `${error.syscall ?? 'listen'} on ${options.host}:${options.port}: ${error.code}`);
});
const { host, port } = options;
listener.listen({ host, port, backlog: maxBacklog() }, () => {
  stopOn(listener, server);
  printReady(listener.address().port, options.mode);
  answerStats(server);
});

/** The kernel's limit for a listener's backlog. */
function maxBacklog() {
  try {
    return Number(readFileSync('/proc/sys/net/core/somaxconn', 'utf8'));
  } catch {
    return 511;
  }
}
