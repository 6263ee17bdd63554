/**
 * The bytes of docs/PROTOCOL.md, section 3: requests as a client may write them, answers as every
 * server must.
 */

export const GREETING = 'I am server!';

const REASONS = {
  200: 'OK',
  400: 'Bad Request',
  404: 'Not Found',
  405: 'Method Not Allowed',
  431: 'Request Header Fields Too Large',
  501: 'Not Implemented',
  502: 'Bad Gateway',
} as const;
export type Status = keyof typeof REASONS;

/**
 * A whole request. `headers` are lines without their ends; Host is there unless `headers` is given.
 */
export function request(
  target = '/',
  headers: readonly string[] = ['Host: a'],
  start = 'GET',
): string {
  return [`${start} ${target} HTTP/1.1`, ...headers, '', ''].join('\r\n');
}

/** An HTTP/1.0 request. */
export function oldRequest(target = '/', headers: readonly string[] = []): string {
  return [`GET ${target} HTTP/1.0`, ...headers, '', ''].join('\r\n');
}

/** The only form an answer can have. `close`: the server ends the connection after it. */
export function answer(status: Status, body = '', { close = false } = {}): string {
  return [
    `HTTP/1.1 ${status} ${REASONS[status]}`,
    'Content-Type: text/plain',
    `Content-Length: ${body.length}`,
    ...(status === 405 ? ['Allow: GET'] : []),
    ...(close ? ['Connection: close'] : []),
    '',
    body,
  ].join('\r\n');
}

export const OK = answer(200, GREETING);
export const OK_CLOSE = answer(200, GREETING, { close: true });

/** The body of /bytes?n=size. */
export function alphabet(size: number): string {
  const letters = 'abcdefghijklmnopqrstuvwxyz';
  return letters.repeat(Math.ceil(size / letters.length)).slice(0, size);
}

/** A request whose head has exactly `size` bytes. */
export function requestOfSize(size: number): string {
  const empty = request('/', ['Host: a', 'X: ']);
  return request('/', ['Host: a', `X: ${'x'.repeat(size - empty.length)}`]);
}
