/**
 * autocannon 9 as a closed loop whose window, clock and counts are our own. Runs in its own process
 * (autocannon-worker.ts), which does nothing else.
 *
 * Left to itself, autocannon sends as soon as a connection is there, connects again when one is
 * lost without clearing what was in flight on it (later replies are then timed from the wrong
 * request), ignores replies that its parser refuses, and keeps latencies in whole milliseconds. The
 * hook it offers, setupClient, is called with each connection's client before that connects, and
 * lets us hold the first requests until start(), end a client with its connection, catch the
 * parser's errors and take the latencies from its `response` event. autocannon-limits.test.ts holds
 * the installed version to all of that.
 */
import type { Socket } from 'node:net';
import autocannon from 'autocannon';
import type { ClosedHttp } from './closed-http.js';
import { type Failure, Ledger, type WindowCounts } from './ledger.js';

/** What this file uses of an autocannon client; only the events are documented. */
interface CannonClient extends NodeJS.EventEmitter {
  conn: Socket;
  readonly parser: { execute(chunk: Buffer): number | Error };
  readonly pipelinedRequests: { size(): number };
  /** Methods of the prototype: own properties of these names hide them until they are deleted. */
  _connect: () => void;
  _doRequest: () => void;
  destroy(): void;
}

/** A day: longer than any load, shorter than the longest timer. */
const NEVER_S = 86_400;

export type TrafficOptions = Pick<
  ClosedHttp,
  'target' | 'connections' | 'pipeline' | 'path' | 'expectedBody' | 'drainMs'
>;

/** How often a drain looks whether the replies are there. */
const DRAIN_POLL_MS = 2;

/**
 * One connection: autocannon's client, and how many of its requests in flight were sent before the
 * window opened and how many in it; those sent after it follow.
 */
class Connection {
  readonly client: CannonClient;
  readonly connected: Promise<void>;
  open = false;
  own = 0;
  #carried = 0;
  readonly #ledger: Ledger;
  #error: NodeJS.ErrnoException | undefined;
  #reject: (error: Error) => void = () => {};

  constructor(client: CannonClient, ledger: Ledger) {
    this.client = client;
    this.#ledger = ledger;
    this.connected = new Promise((resolve, reject) => {
      this.#reject = reject;
      this.#takeOver(resolve);
    });
    client.on('connError', (error: NodeJS.ErrnoException) => {
      this.#error = error;
    });
    client.on('request', () => {
      if (ledger.sent()) this.own++;
    });
  }

  #takeOver(onConnect: () => void): void {
    const { client } = this;
    const { parser } = client;
    const execute = parser.execute.bind(parser);
    parser.execute = (chunk) => {
      const result = execute(chunk);
      if (result instanceof Error) this.lose('protocol', result.message);
      return result;
    };
    client._doRequest = () => {};
    client._connect = () => {
      Reflect.deleteProperty(client, '_connect');
      client._connect();
      client._connect = () => this.#ended();
      client.conn.setNoDelay(true);
      client.conn.once('connect', () => {
        this.open = true;
        onConnect();
      });
    };
  }

  /** autocannon connects again after an error or the server's end of file. */
  #ended(): void {
    if (this.open) {
      if (this.#error === undefined) this.lose('closed', 'the server closed the connection');
      else this.lose('reset', this.#error.message);
    } else {
      this.client.destroy();
      this.#reject(this.#error ?? new Error('the server closed a connection as it was made'));
    }
  }

  start(pipeline: number): void {
    if (!this.open) return;
    Reflect.deleteProperty(this.client, '_doRequest');
    for (let i = 0; i < pipeline; i++) this.client._doRequest();
  }

  /** Nothing more is sent. */
  hold(): void {
    this.client._doRequest = () => {};
  }

  carry(): void {
    this.#carried = this.inFlight();
  }

  inFlight(): number {
    return this.open ? this.client.pipelinedRequests.size() : 0;
  }

  /** Takes an answered request off the count. True when it is the window's own. */
  answered(): boolean {
    const own = this.#carried === 0 && this.own > 0;
    if (own) this.own--;
    else if (this.#carried > 0) this.#carried--;
    return own;
  }

  /**
   * refused: a request already off the count whose reply was bad, and whether it is the window's.
   */
  lose(failure: Failure, words: string, refused?: { readonly own: boolean }): void {
    if (!this.open) return;
    const inFlight = this.inFlight() + (refused === undefined ? 0 : 1);
    const own = this.own + (refused?.own === true ? 1 : 0);
    this.open = false;
    this.own = 0;
    this.#ledger.lost(failure, inFlight, own, words);
    this.client.destroy();
  }
}

export class AutocannonTraffic {
  readonly ledger = new Ledger();
  readonly #options: TrafficOptions;
  readonly #expected: string;
  readonly #connections: Connection[] = [];
  /** The reply that autocannon reports: `response` first, then verifyBody in the same turn. */
  #reply: { connection: Connection; status: number; latencyNs: number; own: boolean } | undefined;

  constructor(options: TrafficOptions) {
    this.#options = options;
    this.#expected = options.expectedBody.toString();
  }

  get connectionsOpen(): number {
    return this.#connections.filter((connection) => connection.open).length;
  }

  /** Makes all connections at once; nothing is sent. Rejects with the first socket error. */
  async open(): Promise<void> {
    const { target, connections, pipeline, path } = this.#options;
    await new Promise<unknown>((resolve, reject) => {
      const options: autocannon.Options = {
        url: `http://${target.host}:${target.port}${path}`,
        connections,
        pipelining: pipeline,
        duration: NEVER_S,
        timeout: NEVER_S,
        skipAggregateResult: true,
        setupClient: (client) => this.#adopt(client as unknown as CannonClient),
        verifyBody: (body) => this.#judge(String(body)),
      };
      // It calls back when it refuses the options, or when all connections are lost, which the
      // ledger knows.
      autocannon(options, (error: Error | null) => error !== null && reject(error));
      Promise.all(this.#connections.map(({ connected }) => connected)).then(resolve, reject);
    });
  }

  start(): void {
    for (const connection of this.#connections) connection.start(this.#options.pipeline);
  }

  openWindow(): void {
    for (const connection of this.#connections) connection.carry();
    this.ledger.openWindow();
  }

  closeWindow(): void {
    this.ledger.closeWindow();
  }

  /** As LoadSession has it. */
  async pause(): Promise<WindowCounts> {
    const { drainMs } = this.#options;
    const startMs = performance.now();
    const sum = (count: (one: Connection) => number) =>
      this.#connections.reduce((total, one) => total + count(one), 0);
    const inFlight = () => sum((one) => one.inFlight());
    await noneLeft(() => this.ledger.pending, startMs + drainMs / 2);
    for (const connection of this.#connections) connection.hold();
    await noneLeft(inFlight, startMs + drainMs);
    return this.ledger.seal(
      inFlight(),
      sum((one) => one.own),
    );
  }

  #adopt(client: CannonClient): void {
    const connection = new Connection(client, this.ledger);
    this.#connections.push(connection);
    client.on('response', (status: number, bytes: number, durationMs: number) => {
      this.ledger.received(bytes);
      const own = connection.answered();
      this.#reply = { connection, status, latencyNs: durationMs * 1e6, own };
    });
  }

  /** Returns whether the reply was good. */
  #judge(body: string): boolean {
    const reply = this.#reply;
    if (reply === undefined) throw new Error('autocannon verified a body without a response');
    this.#reply = undefined;
    const { connection, status, latencyNs, own } = reply;
    if (status === 200 && body === this.#expected) {
      this.ledger.verified(latencyNs, own);
      return true;
    }
    if (status !== 200) {
      connection.lose('bad_status', `expected status 200, received ${status}`, { own });
    } else {
      connection.lose('wrong_bytes', difference(this.#expected, body), { own });
    }
    return false;
  }
}

/** Waits until nothing is left, or until that time of performance.now(). */
async function noneLeft(left: () => number, deadlineMs: number): Promise<void> {
  while (left() > 0 && performance.now() < deadlineMs) {
    await new Promise((resolve) => setTimeout(resolve, DRAIN_POLL_MS));
  }
}

function difference(expected: string, received: string): string {
  let at = 0;
  while (at < expected.length && expected[at] === received[at]) at++;
  const excerpt = (text: string) => JSON.stringify(text.slice(at, at + 64));
  const [wanted, got] = [excerpt(expected), excerpt(received)];
  return `the body differs at character ${at}: expected ${wanted}, received ${got}`;
}
