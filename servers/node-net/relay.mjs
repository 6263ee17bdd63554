/**
 * /relay for one client connection: asks the upstream over a connection of its own, which is kept.
 */
import { once } from 'node:events';
import net from 'node:net';
import { hasReason } from './answer.mjs';

const MAX_HEAD_BYTES = 8192;
const MAX_BODY_BYTES = 65_536;
const KEEP_ALIVE_MS = 15_000;

const FAILED = { status: 502, body: Buffer.alloc(0) };

export class Relay {
  #upstream;
  #request;
  #socket = null;

  constructor(upstream) {
    this.#upstream = upstream;
    this.#request = `GET / HTTP/1.1\r\nHost: ${upstream.name}\r\n\r\n`;
  }

  /**
   * Status and body of the answer, 502 when the upstream fails. The connection to the upstream ends
   * with the client's.
   */
  async ask(client) {
    // It may have closed a kept connection meanwhile: then it is asked once more.
    let reply = await this.#exchange();
    if (reply === 'lost') {
      await this.#dial(client);
      reply = await this.#exchange();
    }
    const isAnswered = typeof reply === 'object';
    if (!isAnswered || !reply.keepsOpen) this.#drop();
    return isAnswered ? reply : FAILED;
  }

  #drop() {
    this.#socket?.destroy();
    this.#socket = null;
  }

  async #dial(client) {
    this.#drop();
    const { host, port } = this.#upstream;
    const socket = net.connect({ host, port, noDelay: true });
    socket.on('error', () => {});
    try {
      await once(socket, 'connect');
    } catch {
      return;
    }
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    client.once('close', () => socket.destroy());
    if (client.destroyed) socket.destroy();
    this.#socket = socket;
  }

  /** The answer; `refused`: none that is forwarded; `lost`: the connection ended before it. */
  #exchange() {
    const socket = this.#socket;
    if (socket === null || socket.destroyed || socket.readableEnded) return 'lost';
    return new Promise((resolve) => {
      let received = Buffer.alloc(0);
      const settle = (outcome) => {
        socket.off('data', onData);
        socket.off('close', onLost);
        socket.off('end', onLost);
        resolve(outcome);
      };
      const onLost = () => settle('lost');
      const onData = (bytes) => {
        received = Buffer.concat([received, bytes]);
        const outcome = parseReply(received);
        if (outcome !== null) settle(outcome);
      };
      socket.on('data', onData);
      socket.on('close', onLost);
      socket.on('end', onLost);
      socket.write(this.#request);
    });
  }
}

/** Null: not complete yet. */
function parseReply(received) {
  const end = received.indexOf('\r\n\r\n');
  if ((end < 0 ? received.length : end) > MAX_HEAD_BYTES) return 'refused';
  if (end < 0) return null;
  const parsed = parseHead(received.latin1Slice(0, end));
  if (parsed === null) return 'refused';
  const start = end + 4;
  const extra = received.length - start - parsed.length;
  if (extra < 0) return null;
  return {
    status: parsed.status,
    body: parsed.status === 200 ? received.subarray(start, start + parsed.length) : FAILED.body,
    // Bytes beyond the answer belong to no request.
    keepsOpen: parsed.keepsOpen && extra === 0,
  };
}

/** Null: not an answer that is forwarded. */
function parseHead(text) {
  const [line = '', ...headers] = text.split('\r\n');
  const [, minor, digits] = /^HTTP\/1\.([01]) (\d{3})(?: |$)/.exec(line) ?? [];
  const status = Number(digits);
  if (digits === undefined || !hasReason(status)) return null;
  let keepsOpen = minor === '1';
  let length = null;
  for (const header of headers) {
    const colon = header.indexOf(':');
    const name = (colon < 0 ? header : header.slice(0, colon)).toLowerCase();
    const value = colon < 0 ? '' : trim(header.slice(colon + 1));
    if (name === 'transfer-encoding') return null;
    if (name === 'connection' && isClose(value)) keepsOpen = false;
    if (name !== 'content-length') continue;
    const isLength = /^\d+$/.test(value) && Number(value) <= MAX_BODY_BYTES;
    if (!isLength || (length !== null && length !== Number(value))) return null;
    length = Number(value);
  }
  return length === null ? null : { status, length, keepsOpen };
}

const trim = (text) => text.replace(/^[ \t]+|[ \t]+$/g, '');
const isClose = (list) => list.split(',').some((word) => trim(word).toLowerCase() === 'close');
