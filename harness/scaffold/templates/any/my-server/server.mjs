/**
 * A program that knows nothing of iomodels: replace it by one that you have.
 *
 * CHANGE in variant.json: `command`, which starts yours with the address and port that it is given,
 * and `reply`, the body of its answer to GET /. Then delete this file.
 */
import { createServer } from 'node:http';

const [host, port] = process.argv.slice(2);
const body = 'Hello from a program that knows nothing of iomodels\n';

createServer((_, response) => {
  response.writeHead(200, { 'Content-Length': body.length });
  response.end(body);
}).listen({ host, port: Number(port), backlog: 4096 });
