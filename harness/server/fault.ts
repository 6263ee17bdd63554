/**
 * A failure of a server under test, reported once and in full: what it did, what to do, what it
 * last said.
 *
 * | kind | the server … |
 * |---|---|
 * | start | could not be started, or ended before it was ready |
 * | cannot-run | says that this machine lacks what it needs: no fault of its own |
 * | garbage-ready | printed something else than a ready line |
 * | ready-timeout | printed no ready line in time |
 * | died | ended while it was needed |
 * | hung | did not answer in time, or answered nothing in a whole window |
 * | stats | answered `stats` with something else than a stats line |
 * | wrong-answer | answered a request with wrong bytes, or refused connections |
 * | contract | broke another rule of docs/PROTOCOL.md |
 * | stop | did not end as it should after SIGTERM |
 */
export type FaultKind =
  | 'start'
  | 'cannot-run'
  | 'garbage-ready'
  | 'ready-timeout'
  | 'died'
  | 'hung'
  | 'stats'
  | 'wrong-answer'
  | 'contract'
  | 'stop';

export class ServerFault extends Error {
  override readonly name = 'ServerFault';
  readonly kind: FaultKind;
  /** One sentence or command. */
  readonly remedy: string;
  readonly #output: () => string;

  constructor(kind: FaultKind, message: string, remedy: string, output: () => string) {
    super(message);
    this.kind = kind;
    this.remedy = remedy;
    this.#output = output;
  }

  /**
   * The last lines of the server's stderr; empty when it said nothing. Read late: its last words
   * may be on the way.
   */
  get output(): string {
    return this.#output();
  }
}

/** The fault as text for a problem list: message, remedy, and the last output indented below. */
export function describeFault(fault: {
  readonly message: string;
  readonly remedy: string;
  readonly output?: string | undefined;
}): string {
  const head = `${fault.message}. To see more: ${fault.remedy}`;
  if (fault.output === undefined || fault.output === '') return head;
  const quoted = fault.output.split('\n').map((line) => `  | ${line}`);
  return [`${head}`, '  last output:', ...quoted].join('\n');
}
