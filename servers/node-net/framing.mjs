/**
 * HTTP/1.1 request framing (docs/PROTOCOL.md, section 3): bytes in, requests out. No I/O; how TCP
 * split the bytes makes no difference. After REJECTED it is used no more.
 *
 *   state         waits for                         next
 *   LINE_START    first byte of a request line      METHOD, LINE_START_LF (empty line), TARGET
 *   METHOD        token                             TARGET at SP
 *   TARGET        printable text                    VERSION at SP
 *   VERSION       HTTP/1.0 or HTTP/1.1, then CR     LINE_LF
 *   LINE_LF       LF of the request or header line  HEADER_START
 *   HEADER_START  a name, or the empty line's CR    NAME, HEAD_LF
 *   NAME          token                             VALUE_START at ':'
 *   VALUE_START   optional white space              VALUE
 *   VALUE         text, up to CR                    LINE_LF
 *   HEAD_LF       LF of the empty line              BODY, COMPLETE
 *   BODY          Content-Length bytes              COMPLETE
 *   COMPLETE      the next call of next             LINE_START
 */
import { Headers } from './headers.mjs';

/** The outcome of a call of next. */
export const NEED_MORE = 0;
export const REQUEST = 1;
export const REJECTED = 2;

const LINE_START = 0;
const LINE_START_LF = 1;
const METHOD = 2;
const TARGET = 3;
const VERSION = 4;
const LINE_LF = 5;
const HEADER_START = 6;
const NAME = 7;
const VALUE_START = 8;
const VALUE = 9;
const HEAD_LF = 10;
/** Every state before this one is in the head. */
const BODY = 11;
const COMPLETE = 12;
const REFUSED = 13;

const MAX_HEAD_BYTES = 8192;
const MAX_BODY_BYTES = 1_048_576;
const MAX_EMPTY_LINES = 4;
const MAX_METHOD_BYTES = 16;
const MAX_TARGET_BYTES = 64;

const TAB = 0x09;
const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const COLON = 0x3a;
const VERSION_START = Buffer.from('HTTP/1.');
const DIGIT_0 = 0x30;
const DIGIT_1 = 0x31;

const TOKEN = 1;
const PRINTABLE = 2;
const TEXT = 4;

/** Where a byte may occur. */
const classes = new Uint8Array(256).map((_, byte) => {
  const isToken = /[\w!#$%&'*+.^`|~-]/.test(String.fromCharCode(byte)) && byte < 0x80;
  const isPrintable = byte >= 0x21 && byte <= 0x7e;
  const isText = byte === TAB || (byte >= SPACE && byte !== 0x7f);
  return (isToken ? TOKEN : 0) | (isPrintable ? PRINTABLE : 0) | (isText ? TEXT : 0);
});

export class Framing {
  /** Of a request that is complete. */
  method = '';
  target = '';
  closes = false;
  /** Of a refusal: 400, 431 or 501. */
  status = 0;
  /** Where next stopped: behind what it has used up. */
  at = 0;
  #state = LINE_START;
  #emptyLines = 0;
  #versionBytes = 0;
  #headBytes = 0;
  #isHttp10 = false;
  #bodyLeft = 0;
  #headers = new Headers();

  /**
   * Uses up bytes from `start` on, until something happens.
   * @param {Buffer} input
   * @param {number} start
   */
  next(input, start) {
    if (this.#state === COMPLETE) this.#reset();
    this.at = start;
    while (this.at < input.length && this.#state < BODY) this.#takeHead(input);
    if (this.#state === BODY) {
      const skipped = Math.min(this.#bodyLeft, input.length - this.at);
      this.at += skipped;
      this.#bodyLeft -= skipped;
      if (this.#bodyLeft === 0) this.#state = COMPLETE;
    }
    if (this.#state === COMPLETE) return REQUEST;
    return this.#state === REFUSED ? REJECTED : NEED_MORE;
  }

  #reset() {
    this.method = '';
    this.target = '';
    this.#state = LINE_START;
    this.#emptyLines = 0;
    this.#versionBytes = 0;
    this.#headBytes = 0;
    this.#isHttp10 = false;
    this.#headers.reset();
  }

  /** Takes a run of bytes, the byte after it, or both. */
  #takeHead(input) {
    if (this.#headBytes === MAX_HEAD_BYTES) {
      this.at += 1;
      this.#refuse(431);
      return;
    }
    const stop = Math.min(input.length, this.at + MAX_HEAD_BYTES - this.#headBytes);
    const end = this.#takeRun(input, this.at, stop);
    this.#headBytes += end - this.at;
    this.at = end;
    if (end === stop) return;
    this.#headBytes += 1;
    this.at += 1;
    this.#step(input[end]);
  }

  /**
   * Takes bytes that #step would take one by one, with the same outcome: those that most heads are
   * made of. Returns where it stopped; the byte there is left to #step.
   */
  #takeRun(input, at, stop) {
    switch (this.#state) {
      case TARGET: {
        const end = span(input, at, stop, PRINTABLE);
        this.#addTarget(input, at, end);
        return end;
      }
      case NAME: {
        const end = span(input, at, stop, TOKEN);
        this.#headers.addName(input, at, end);
        return end;
      }
      case VALUE:
        return this.#headers.matters ? at : span(input, at, stop, TEXT);
      default:
        return at;
    }
  }

  #addTarget(input, at, end) {
    // One that is longer matches nothing that is served.
    if (this.target.length > MAX_TARGET_BYTES) return;
    this.target += input.latin1Slice(at, Math.min(end, at + MAX_TARGET_BYTES + 1));
  }

  #step(byte) {
    switch (this.#state) {
      case LINE_START:
        return this.#onLineStart(byte);
      case LINE_START_LF:
        return this.#expect(byte, LF, LINE_START);
      case METHOD:
        return this.#onMethod(byte);
      case TARGET:
        return byte === SPACE && this.target !== '' ? this.#enter(VERSION) : this.#refuse(400);
      case VERSION:
        return this.#onVersion(byte);
      case LINE_LF:
        return this.#expect(byte, LF, HEADER_START);
      case HEADER_START:
        return this.#onHeaderStart(byte);
      case NAME:
        return this.#onName(byte);
      case VALUE_START:
        if (byte === SPACE || byte === TAB) return undefined;
        this.#state = VALUE;
        return this.#onValue(byte);
      case VALUE:
        return this.#onValue(byte);
      default:
        return byte === LF ? this.#endHead() : this.#refuse(400);
    }
  }

  #enter(state) {
    this.#state = state;
  }

  #refuse(status) {
    this.status = status;
    this.#state = REFUSED;
  }

  #expect(byte, wanted, next) {
    if (byte === wanted) this.#state = next;
    else this.#refuse(400);
  }

  #onLineStart(byte) {
    if (byte !== CR) {
      this.#state = METHOD;
      this.#onMethod(byte);
      return;
    }
    this.#emptyLines += 1;
    if (this.#emptyLines > MAX_EMPTY_LINES) this.#refuse(400);
    else this.#state = LINE_START_LF;
  }

  #onMethod(byte) {
    if (byte === SPACE && this.method !== '') {
      this.#state = TARGET;
    } else if ((classes[byte] & TOKEN) === 0 || this.method.length === MAX_METHOD_BYTES) {
      this.#refuse(400);
    } else {
      this.method += String.fromCharCode(byte);
    }
  }

  #onVersion(byte) {
    const at = this.#versionBytes;
    this.#versionBytes += 1;
    if (at < VERSION_START.length) {
      if (byte !== VERSION_START[at]) this.#refuse(400);
    } else if (at > VERSION_START.length) {
      this.#expect(byte, CR, LINE_LF);
    } else if (byte === DIGIT_0 || byte === DIGIT_1) {
      this.#isHttp10 = byte === DIGIT_0;
    } else {
      this.#refuse(400);
    }
  }

  #onHeaderStart(byte) {
    if (byte === CR) {
      this.#state = HEAD_LF;
      return;
    }
    this.#headers.startName();
    this.#state = NAME;
    this.#onName(byte);
  }

  #onName(byte) {
    if (byte === COLON && !this.#headers.isNameEmpty) {
      if (this.#headers.endName()) this.#state = VALUE_START;
      else this.#refuse(400);
    } else if ((classes[byte] & TOKEN) !== 0) {
      this.#headers.addNameByte(byte);
    } else {
      this.#refuse(400);
    }
  }

  #onValue(byte) {
    if (byte === CR) {
      if (this.#headers.endValue()) this.#state = LINE_LF;
      else this.#refuse(400);
    } else if ((classes[byte] & TEXT) === 0 || !this.#headers.addValue(byte)) {
      this.#refuse(400);
    }
  }

  #endHead() {
    const headers = this.#headers;
    if (!headers.hasHost && !this.#isHttp10) return this.#refuse(400);
    if (headers.hasTransferEncoding) {
      return this.#refuse(headers.length !== null || this.#isHttp10 ? 400 : 501);
    }
    const length = headers.length ?? 0;
    if (length > MAX_BODY_BYTES) return this.#refuse(431);
    this.closes = headers.asksClose || (this.#isHttp10 && !headers.asksKeepAlive);
    this.#bodyLeft = length;
    return this.#enter(BODY);
  }
}

/** Where the bytes of a class end. */
function span(input, at, stop, wanted) {
  let end = at;
  while (end < stop && (classes[input[end]] & wanted) !== 0) end += 1;
  return end;
}
