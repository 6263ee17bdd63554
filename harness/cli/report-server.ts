/**
 * Serves the runs of a folder on 127.0.0.1, for reading: a page of all runs, each run's report and
 * data, and two runs side by side at `/compare?a=…&b=…`. Nothing else of the disk can be reached:
 * a path is the name of a run that is there, and of a file that runs have.
 *
 * A page of another origin cannot read them either: the host that a browser asks for must be this
 * one (DNS rebinding), and nothing allows other origins.
 */
import { createReadStream } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { UserError } from '../errors.js';
import type { CliDeps } from './deps.js';
import { exists, LATEST, listRuns } from './folders.js';
import type { CliIo } from './io.js';
import { indexEntries, loadResults } from './runs.js';

interface ServeInput {
  readonly folder: string;
  /** 0: any free one. */
  readonly port: number;
  readonly io: CliIo;
  readonly renderReport: CliDeps['renderReport'];
}

const HOST = '127.0.0.1';
const DATA_FILES: Readonly<Record<string, string>> = {
  'results.json': 'application/json',
  'trials.ndjson': 'application/x-ndjson',
};

/** Resolves when it was interrupted and is closed. Rejects with UserError when it cannot listen. */
export async function serveRuns(
  input: ServeInput,
  onReady: (url: string) => Promise<void>,
): Promise<void> {
  const server = createServer((request, response) => {
    answer(input, request, response).catch((error: Error) => {
      input.io.stderr.write(`${request.url}: ${error.message}\n`);
      if (!response.headersSent) send(response, 500, 'text/plain', `${error.message}\n`);
      else response.destroy();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => reject(cannotListen(input.port, cause)));
    server.listen(input.port, HOST, resolve);
  });
  const { port } = server.address() as AddressInfo;
  const stopped = stopSignal(input.io);
  try {
    await onReady(`http://${HOST}:${port}/`);
    await stopped.wait;
  } finally {
    stopped.end();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

function cannotListen(port: number, cause: Error): UserError {
  const remedy = 'choose another --port, or leave it out for a free one';
  return new UserError(`cannot listen on ${HOST}:${port}: ${cause.message}`, remedy, { cause });
}

function stopSignal(io: CliIo): { readonly wait: Promise<void>; end(): void } {
  let stop = () => {};
  const wait = new Promise<void>((resolve) => {
    stop = resolve;
  });
  const signals = ['SIGINT', 'SIGTERM'] as const;
  for (const signal of signals) io.on(signal, stop);
  return {
    wait,
    end: () => {
      for (const signal of signals) io.off(signal, stop);
    },
  };
}

async function answer(
  input: ServeInput,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (!isOurs(request)) return send(response, 403, 'text/plain', 'this host is not served\n');
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return send(response, 405, 'text/plain', 'for reading only\n');
  }
  const url = new URL(request.url ?? '/', `http://${HOST}`);
  const [first = '', second = 'report.html', ...rest] = url.pathname.split('/').filter(Boolean);
  if (first === '') return sendIndex(input, response);
  if (first === 'compare') return sendVersus(input, url.searchParams, response);
  const folder = rest.length > 0 ? null : await folderOf(input, first);
  if (folder === null) return send(response, 404, 'text/plain', 'there is no such run\n');
  if (second === 'report.html') return sendReport(input, folder, response);
  return sendData(folder, second, response);
}

/** Names of this machine that a browser may have asked for. */
function isOurs({ headers, socket }: IncomingMessage): boolean {
  const names = [HOST, 'localhost'].map((name) => `${name}:${socket.localPort}`);
  return headers.host !== undefined && names.includes(headers.host);
}

async function folderOf({ folder }: ServeInput, name: string): Promise<string | null> {
  const known = [...(await listRuns(folder)), LATEST];
  const found = path.join(folder, name);
  return known.includes(name) && (await exists(found)) ? found : null;
}

async function sendIndex({ folder }: ServeInput, response: ServerResponse): Promise<void> {
  const { renderIndex } = await import('../report/index-page.js');
  send(response, 200, 'text/html', renderIndex(await indexEntries(folder)));
}

async function sendReport(
  { io, renderReport }: ServeInput,
  folder: string,
  response: ServerResponse,
): Promise<void> {
  const file = path.join(folder, 'report.html');
  if (await exists(file)) return stream(response, file, 'text/html');
  send(response, 200, 'text/html', await renderReport(await loadResults(folder, io)));
}

async function sendData(folder: string, name: string, response: ServerResponse): Promise<void> {
  const type = DATA_FILES[name];
  const file = path.join(folder, name);
  if (type === undefined || !(await exists(file))) {
    return send(response, 404, 'text/plain', 'a run has no such file\n');
  }
  return stream(response, file, type);
}

async function sendVersus(
  input: ServeInput,
  query: URLSearchParams,
  response: ServerResponse,
): Promise<void> {
  const names = [query.get('a') ?? LATEST, query.get('b') ?? LATEST] as const;
  const a = await folderOf(input, names[0]);
  const b = await folderOf(input, names[1]);
  if (a === null || b === null) {
    return send(response, 404, 'text/plain', 'there is no such run; /compare?a=…&b=…\n');
  }
  const { renderVersus } = await import('../report/versus-page.js');
  const [left, right] = [await loadResults(a, input.io), await loadResults(b, input.io)];
  const links = { a: `/${names[0]}/report.html`, b: `/${names[1]}/report.html` };
  send(response, 200, 'text/html', await renderVersus(left, right, links));
}

const HEADERS = { 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' };

function send(response: ServerResponse, status: number, type: string, text: string): void {
  response.writeHead(status, { ...HEADERS, 'content-type': `${type}; charset=utf-8` }).end(text);
}

function stream(response: ServerResponse, file: string, type: string): void {
  response.writeHead(200, { ...HEADERS, 'content-type': `${type}; charset=utf-8` });
  createReadStream(file)
    .on('error', () => response.destroy())
    .pipe(response);
}
