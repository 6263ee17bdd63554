/** The header lines of framing.mjs: names, and the values of Connection and Content-Length. */

const OTHER = 0;
const CONNECTION = 1;
const CONTENT_LENGTH = 2;

const MAX_WORD_BYTES = 'transfer-encoding'.length;
const MAX_LENGTH_DIGITS = 18;

const TAB = 0x09;
const SPACE = 0x20;
const COMMA = 0x2c;
const DIGIT_0 = 0x30;
const DIGIT_9 = 0x39;

export class Headers {
  hasHost = false;
  hasTransferEncoding = false;
  /** Content-Length; null: there is none. */
  length = null;
  asksClose = false;
  asksKeepAlive = false;
  #current = OTHER;
  /** Header name, or token of Connection; longer than any of interest is equal to none. */
  #word = '';
  /** White space followed the digits of Content-Length or a token of Connection. */
  #gap = false;
  #digits = 0;
  #lengthSeen = 0;

  reset() {
    this.hasHost = false;
    this.hasTransferEncoding = false;
    this.length = null;
    this.asksClose = false;
    this.asksKeepAlive = false;
  }

  /** Whether the value of this header is looked at. */
  get matters() {
    return this.#current !== OTHER;
  }

  get isNameEmpty() {
    return this.#word === '';
  }

  startName() {
    this.#word = '';
  }

  addName(input, at, end) {
    if (this.#word.length > MAX_WORD_BYTES) return;
    this.#word += input.latin1Slice(at, Math.min(end, at + MAX_WORD_BYTES + 1));
  }

  addNameByte(byte) {
    if (this.#word.length <= MAX_WORD_BYTES) this.#word += String.fromCharCode(byte);
  }

  /** False: 400. */
  endName() {
    this.#current = OTHER;
    this.#gap = false;
    switch (this.#word.toLowerCase()) {
      case 'host': {
        const isFirst = !this.hasHost;
        this.hasHost = true;
        return isFirst;
      }
      case 'transfer-encoding':
        this.hasTransferEncoding = true;
        return true;
      case 'connection':
        this.#current = CONNECTION;
        this.#word = '';
        return true;
      case 'content-length':
        this.#current = CONTENT_LENGTH;
        this.#digits = 0;
        this.#lengthSeen = 0;
        return true;
      default:
        return true;
    }
  }

  /** False: 400. */
  addValue(byte) {
    if (this.#current === CONNECTION) this.#onConnection(byte);
    return this.#current === CONTENT_LENGTH ? this.#onLength(byte) : true;
  }

  /** False: 400. */
  endValue() {
    if (this.#current === CONNECTION) this.#endToken();
    return this.#current === CONTENT_LENGTH ? this.#endLength() : true;
  }

  #onConnection(byte) {
    if (byte === COMMA) this.#endToken();
    else if (byte === SPACE || byte === TAB) this.#gap = this.#word !== '';
    else if (this.#gap)
      this.#word = ' '.repeat(MAX_WORD_BYTES + 1); // two words are no token
    else this.addNameByte(byte);
  }

  #endToken() {
    const token = this.#word.toLowerCase();
    this.asksClose ||= token === 'close';
    this.asksKeepAlive ||= token === 'keep-alive';
    this.#word = '';
    this.#gap = false;
  }

  #onLength(byte) {
    if (byte === SPACE || byte === TAB) {
      this.#gap = true;
      return true;
    }
    const isDigit = byte >= DIGIT_0 && byte <= DIGIT_9;
    if (!isDigit || this.#gap || this.#digits === MAX_LENGTH_DIGITS) return false;
    // Beyond 2 ** 53 the last digits are lost, and then it is far too large in any case.
    this.#lengthSeen = this.#lengthSeen * 10 + (byte - DIGIT_0);
    this.#digits += 1;
    return true;
  }

  #endLength() {
    if (this.#digits === 0) return false;
    if (this.length !== null && this.length !== this.#lengthSeen) return false;
    this.length = this.#lengthSeen;
    return true;
  }
}
