/** What is answered: request in, answer out. No I/O. */

export const GREETING = 'I am server!';
export const CHUNK_BYTES = 65_536;

const MAX_WORK_US = 1_000_000;
const MAX_BYTES = 16_777_216;
const MAX_SLEEP_MS = 10_000;
/** A longer target matches nothing. */
const MAX_TARGET_BYTES = 64;

/** One chunk at any of the 26 phases of the alphabet. */
const ALPHABET = Buffer.alloc(CHUNK_BYTES + 26, 'abcdefghijklmnopqrstuvwxyz');

const REASONS = {
  200: '200 OK',
  400: '400 Bad Request',
  404: '404 Not Found',
  405: '405 Method Not Allowed',
  431: '431 Request Header Fields Too Large',
  501: '501 Not Implemented',
  502: '502 Bad Gateway',
};

/** @param {number} status */
export const hasReason = (status) => Object.hasOwn(REASONS, status);

/**
 * An answer.
 * @typedef {object} Answer
 * @property {number} status
 * @property {string | null} body null: bytes of the alphabet, or what the upstream answers
 * @property {number} [bytes] of the alphabet
 * @property {number} [waitMs] before it is sent
 * @property {boolean} [asksUpstream]
 */

const OK = { status: 200, body: GREETING };
const NOT_FOUND = { status: 404, body: '' };
const NOT_ALLOWED = { status: 405, body: '' };

/**
 * Answers a complete request; burns the CPU time that /work asks for.
 * @returns {Answer}
 */
export function answer({ method, target }, hasUpstream) {
  // Framing has read the body.
  if (method === 'POST' && target === '/upload') return OK;
  if (method !== 'GET') return NOT_ALLOWED;
  if (target === '/') return OK;
  if (target.length > MAX_TARGET_BYTES) return NOT_FOUND;
  const us = parameter(target, '/work?us=', MAX_WORK_US);
  if (us !== null) {
    burnCpu(us);
    return OK;
  }
  const bytes = parameter(target, '/bytes?n=', MAX_BYTES);
  if (bytes !== null) return { status: 200, body: null, bytes };
  const waitMs = parameter(target, '/sleep?ms=', MAX_SLEEP_MS);
  if (waitMs !== null) return waitMs === 0 ? OK : { ...OK, waitMs };
  if (target === '/relay' && hasUpstream) return { status: 502, body: null, asksUpstream: true };
  return NOT_FOUND;
}

/** The decimal number that follows the prefix, when that is all of the target and at most max. */
function parameter(target, prefix, max) {
  if (!target.startsWith(prefix)) return null;
  const digits = target.slice(prefix.length);
  return /^\d+$/.test(digits) && Number(digits) <= max ? Number(digits) : null;
}

/** The bytes of the alphabet from offset on, at most a chunk. */
export function alphabetChunk(offset, bytes) {
  const phase = offset % 26;
  return ALPHABET.subarray(phase, phase + Math.min(CHUNK_BYTES, bytes - offset));
}

/** Status line and headers. The order of the header lines is part of the protocol. */
export function head(status, length, closes) {
  const allow = status === 405 ? '\r\nAllow: GET' : '';
  const close = closes ? '\r\nConnection: close' : '';
  return `HTTP/1.1 ${REASONS[status]}\r\nContent-Type: text/plain\r\nContent-Length: ${length}${allow}${close}\r\n\r\n`;
}

/**
 * Uses up that much CPU time. Node has no clock of one thread, so the process's has to do: what
 * Node's other threads use meanwhile counts, which is next to nothing.
 */
function burnCpu(us) {
  const start = process.cpuUsage();
  for (let left = us; left > 0; ) {
    // Elapsed time is CPU time as long as the thread keeps its CPU.
    const end = performance.now() + left / 1000;
    while (performance.now() < end);
    const { user, system } = process.cpuUsage(start);
    left = us - user - system;
  }
}
