/**
 * A raw TCP client: it sends the bytes that it is given, in the pieces that it is given, and
 * compares what comes back byte by byte.
 */
import assert from 'node:assert/strict';
import net from 'node:net';
import { Changes, inTime, untilChanged, waitLimitMs } from './wait.js';

export interface Response {
  readonly status: number;
  /** Without the empty line that ends it. */
  readonly head: string;
  readonly body: string;
}

/** Those that have not been closed: a check that failed may leave some. */
const open = new Set<Client>();

/** Closes every connection that is still open. */
export function closeClients(): void {
  for (const client of open) client.close();
}

export class Client {
  readonly #socket: net.Socket;
  readonly #limitMs: number;
  #received: Buffer[] = [];
  #length = 0;
  #ended = false;
  #failure: Error | undefined;
  readonly #changes = new Changes();

  private constructor(socket: net.Socket, limitMs: number) {
    this.#socket = socket;
    this.#limitMs = limitMs;
    open.add(this);
    socket.on('close', () => open.delete(this));
    socket.setNoDelay(true);
    socket.on('data', (chunk) => {
      this.#received.push(chunk);
      this.#length += chunk.length;
      this.#changes.notify();
    });
    socket.on('end', () => {
      this.#ended = true;
      this.#changes.notify();
    });
    socket.on('error', (error) => {
      this.#failure = error;
      this.#changes.notify();
    });
    socket.on('connect', () => this.#changes.notify());
  }

  /** `limitMs`: of the connection, and of every wait on it. */
  static async connect(port: number, limitMs = waitLimitMs()): Promise<Client> {
    const socket = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    const client = new Client(socket, limitMs);
    const isConnected = () => {
      if (client.#failure) throw client.#failure;
      return socket.connecting ? undefined : true;
    };
    await client.#until(isConnected, () => `a connection to port ${port}`);
    return client;
  }

  get localPort(): number {
    return this.#socket.localPort ?? 0;
  }

  /** Sends bytes, perhaps over a connection that is gone. */
  sendAnyway(data: string): void {
    this.#socket.write(Buffer.from(data, 'latin1'), () => {});
  }

  /** Resolves when the kernel has taken the bytes. */
  async send(data: string | Buffer): Promise<void> {
    const bytes = typeof data === 'string' ? Buffer.from(data, 'latin1') : data;
    const sent = new Promise<void>((resolve, reject) => {
      this.#socket.write(bytes, (error) => (error ? reject(error) : resolve()));
    });
    await inTime(sent, `${bytes.length} bytes to be sent`, this.#limitMs);
  }

  /** Waits for exactly these bytes. */
  async expect(wanted: string | Buffer): Promise<void> {
    const bytes = typeof wanted === 'string' ? Buffer.from(wanted, 'latin1') : wanted;
    const got = await this.#take(bytes.length, this.#differsFrom(bytes));
    if (!got.equals(bytes)) assert.equal(got.toString('latin1'), bytes.toString('latin1'));
  }

  /**
   * Waits for one HTTP answer with a Content-Length, whatever else its head says. An end of file
   * before it is complete is an error.
   */
  async response(): Promise<Response> {
    const answered = () => this.#response() ?? (this.isOver ? null : undefined);
    const found = await this.#until(answered, () => `an answer; ${this.#got()}`);
    if (found === null) throw new Error(`the connection ended after ${this.#preview()}`);
    await this.take(found.head.length + 4 + found.body.length);
    return found;
  }

  #response(): Response | undefined {
    const text = Buffer.concat(this.#received).toString('latin1');
    const headEnd = text.indexOf('\r\n\r\n');
    if (headEnd < 0) return undefined;
    const head = text.slice(0, headEnd);
    const [, status = ''] = /^HTTP\/1\.1 (\d{3})/.exec(head) ?? [];
    const [, length = ''] = /\r\nContent-Length:[ \t]*(\d+)/i.exec(head) ?? [];
    if (status === '' || length === '') throw new Error(`no HTTP/1.1 answer: ${this.#preview()}`);
    const body = text.slice(headEnd + 4, headEnd + 4 + Number(length));
    return body.length < Number(length) ? undefined : { status: Number(status), head, body };
  }

  /** Waits for so many bytes, or fewer when the connection ends before. */
  take(size: number): Promise<Buffer> {
    return this.#take(size, () => false);
  }

  /** Whether the bytes so far differ from the beginning of these; looks at each chunk once. */
  #differsFrom(bytes: Buffer): () => boolean {
    let at = 0;
    let looked = 0;
    return () => {
      for (; looked < this.#received.length && at < bytes.length; looked += 1) {
        const chunk = this.#received[looked] ?? Buffer.alloc(0);
        const end = Math.min(at + chunk.length, bytes.length);
        if (bytes.compare(chunk, 0, end - at, at, end) !== 0) return true;
        at = end;
      }
      return false;
    };
  }

  async #take(size: number, isWrong: () => boolean): Promise<Buffer> {
    const enough = () => this.#length >= size || this.isOver || isWrong() || undefined;
    await this.#until(enough, () => `${size} bytes; ${this.#got()}`);
    const all = Buffer.concat(this.#received);
    this.#received = [all.subarray(size)];
    this.#length = Math.max(0, all.length - size);
    return all.subarray(0, size);
  }

  /** Waits for the server's end of file, and that nothing came before it. */
  async expectEnd(): Promise<void> {
    await this.#untilOver();
    assert.equal(Buffer.concat(this.#received).toString('latin1'), '', 'before the end of file');
    if (this.#failure) throw this.#failure;
  }

  /** Everything until the server's end of file. */
  async rest(): Promise<string> {
    await this.#untilOver();
    if (this.#failure) throw this.#failure;
    return (await this.take(this.#length)).toString('latin1');
  }

  /** True when unread bytes have come. */
  get hasUnread(): boolean {
    return this.#length > 0;
  }

  /** Stops reading, so that the buffers fill up and the server's writes block. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** Ends the sending side. */
  end(): void {
    this.#socket.end();
  }

  /** RST. */
  reset(): void {
    this.#socket.resetAndDestroy();
  }

  close(): void {
    this.#socket.destroy();
  }

  /** Whether the server has ended the connection, in whatever way. */
  get isOver(): boolean {
    return this.#ended || this.#failure !== undefined;
  }

  #untilOver(): Promise<true> {
    return this.#until(
      () => this.isOver || undefined,
      () => `end of file; ${this.#got()}`,
    );
  }

  #until<T>(probe: () => T | undefined, what: () => string): Promise<T> {
    return untilChanged(this.#changes, probe, what, this.#limitMs);
  }

  #got(): string {
    return `received ${this.#length}: ${this.#preview()}`;
  }

  #preview(): string {
    return JSON.stringify(Buffer.concat(this.#received).toString('latin1').slice(0, 200));
  }
}

/** Runs `body` with a connection of its own, which is gone afterwards. */
export async function withClient<T>(
  port: number,
  body: (client: Client) => Promise<T>,
  limitMs = waitLimitMs(),
): Promise<T> {
  const client = await Client.connect(port, limitMs);
  try {
    return await body(client);
  } finally {
    client.close();
  }
}
