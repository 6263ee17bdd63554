/** One TCP connection on which exact bytes are sent and exact bytes must come back. */
import net from 'node:net';
import type { Server } from './server.js';
import { within } from './wait.js';

const CLOSED = 'closed by the server';

export class Dialogue {
  readonly #server: Server;
  readonly #socket: net.Socket;
  readonly #limitMs: number;
  #connected = false;
  #received = Buffer.alloc(0);
  #ended: string | undefined;
  #changed: () => void = () => {};

  private constructor(server: Server, socket: net.Socket, limitMs: number) {
    this.#server = server;
    this.#socket = socket;
    this.#limitMs = limitMs;
  }

  /**
   * Connects. Rejects with ServerFault `wrong-answer` when the server refuses, `hung` when it stays
   * silent.
   */
  static async open(server: Server, limitMs: number): Promise<Dialogue> {
    const socket = net.connect({ host: '127.0.0.1', port: server.ready.port, noDelay: true });
    const dialogue = new Dialogue(server, socket, limitMs);
    dialogue.#listen();
    try {
      await dialogue.#until(() => dialogue.#connected, 'a connection');
    } catch (error) {
      dialogue.close();
      throw error;
    }
    return dialogue;
  }

  send(text: string): void {
    this.#socket.write(text);
  }

  /**
   * Waits for exactly these bytes. Rejects with ServerFault on other bytes, on an end and on
   * silence.
   */
  async expect(expected: Buffer, question: string): Promise<void> {
    const complete = () => this.#received.length >= expected.length;
    await this.#until(() => complete() || this.#differs(expected), question);
    if (!this.#received.equals(expected)) this.#wrong(question, show(expected));
    this.#received = Buffer.alloc(0);
  }

  /** Waits for an answer with status 200 and this body, whatever else its head says. */
  async expectBody(body: string, question: string): Promise<void> {
    await this.#until(() => sizeOfAnswer(this.#received) !== undefined, question);
    const size = sizeOfAnswer(this.#received) ?? 0;
    const text = this.#received.subarray(0, size).toString();
    if (!/^HTTP\/1\.1 200 /.test(text) || !text.endsWith(`\r\n\r\n${body}`)) {
      this.#wrong(question, `status 200 and the body ${JSON.stringify(body)}`);
    }
    this.#received = this.#received.subarray(size);
  }

  /** Throws when anything has come that was not asked for. */
  expectNothing(question: string): void {
    if (this.#received.length > 0) this.#wrong(question, 'nothing more');
  }

  /** Waits for the server's end of file. Rejects with ServerFault when it does not come. */
  async expectEnd(question: string): Promise<void> {
    const over = () => this.#ended !== undefined || this.#received.length > 0;
    await this.#until(over, `${question} with an end of file`);
    this.expectNothing(question);
    if (this.#ended !== CLOSED) this.#wrong(question, `an end of file: ${this.#ended}`);
  }

  close(): void {
    this.#socket.destroy();
  }

  #listen(): void {
    this.#socket.on('connect', () => {
      this.#connected = true;
      this.#changed();
    });
    this.#socket.on('data', (chunk) => {
      this.#received = Buffer.concat([this.#received, chunk]);
      this.#changed();
    });
    const end = (how: string) => {
      this.#ended ??= how;
      this.#changed();
    };
    this.#socket.on('error', (error) => end(error.message));
    this.#socket.on('end', () => end(CLOSED));
  }

  #differs(expected: Buffer): boolean {
    return !this.#received.equals(expected.subarray(0, this.#received.length));
  }

  async #until(done: () => boolean, question: string): Promise<void> {
    const deadline = performance.now() + this.#limitMs;
    while (!done()) {
      if (this.#ended !== undefined) {
        const got = show(this.#received);
        const message = `ended the connection (${this.#ended}) on ${question}, after ${got}`;
        throw this.#server.fault('wrong-answer', message);
      }
      const change = new Promise<void>((resolve) => {
        this.#changed = resolve;
      });
      const wait = await within(change, deadline - performance.now());
      if (wait.late) {
        const got = show(this.#received);
        const message = `did not answer ${question} within ${this.#limitMs} ms, after ${got}`;
        throw this.#server.fault('hung', message);
      }
    }
  }

  #wrong(question: string, expected: string): never {
    const message = `answered ${question} with ${show(this.#received)} instead of ${expected}`;
    throw this.#server.fault('wrong-answer', message);
  }
}

/** Bytes of the first answer; undefined while it is not complete. What has no length has no body. */
function sizeOfAnswer(received: Buffer): number | undefined {
  const headEnd = received.indexOf('\r\n\r\n');
  if (headEnd < 0) return undefined;
  const head = received.subarray(0, headEnd).toString('latin1');
  const length = Number(/\r\nContent-Length:[ \t]*(\d+)/i.exec(head)?.[1] ?? 0);
  const size = headEnd + 4 + length;
  return received.length < size ? undefined : size;
}

const SHOWN_BYTES_MAX = 300;

/** Bytes as a JSON string, so that line ends and control characters are seen. */
function show(bytes: Buffer): string {
  if (bytes.length === 0) return 'nothing';
  const text = JSON.stringify(bytes.subarray(0, SHOWN_BYTES_MAX).toString('latin1'));
  return bytes.length > SHOWN_BYTES_MAX ? `${text}… (${bytes.length} bytes)` : text;
}
