/**
 * What docs/PROTOCOL.md says about a whole stream of bytes, worked out with regular expressions
 * over all of them at once. Its method differs from the servers', which take one byte after the
 * other: where the two differ, one is wrong.
 */
import type { Target } from '../../harness/conformance/case.js';
import { alphabet, answer, GREETING } from '../../harness/server/messages.js';

const HEAD_MAX = 8192;
const BODY_MAX = 1_048_576;

const TOKEN = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]";
const VALUE = '[\\t\\x20-\\x7e\\x80-\\xff]*';
const HEAD = new RegExp(
  `^(?:\\r\\n){0,4}(${TOKEN}{1,16}) ([!-~]+) HTTP/1\\.([01])\\r\\n((?:${TOKEN}+:${VALUE}\\r\\n)*)\\r\\n`,
);
/** The parts of a head; its beginning is any number of them, or all and what LAST allows. */
const PARTS = [
  ...[`${TOKEN}{1,16}`, ' ', '[!-~]+', ' ', ...'HTTP/1'.split(''), '\\.', '[01]', '\\r', '\\n'],
  `(?:${TOKEN}+:${VALUE}\\r\\n)*`,
];
const LAST = `(?:\\r|${TOKEN}+(?:$|:${VALUE}\\r?))$`;
/** Matches what further bytes can still make a head. */
const BEGINNING = new RegExp(
  '^(?:(?:\\r\\n){0,3}\\r$|(?:\\r\\n){0,4}' +
    `${[...PARTS, LAST].reduceRight((rest, part) => `(?:$|${part}${rest})`, '')})`,
);

type Header = readonly [name: string, value: string];

/**
 * All that a server which serves these targets sends before it ends the connection, when the client
 * ends it after `input`.
 */
export function answersTo(input: string, served: readonly Target[]): string {
  let rest = input;
  let output = '';
  for (;;) {
    const limited = rest.slice(0, HEAD_MAX);
    const head = HEAD.exec(limited);
    const lines = headerLines(head?.[0] ?? limited);
    if (hasWrongLine(lines)) return output + closing(400);
    if (head === null) {
      if (!BEGINNING.test(limited)) return output + closing(400);
      return rest.length > HEAD_MAX ? output + closing(431) : output;
    }
    const [text, method = '', target = '', minor = ''] = head;
    const refusal = refusalOf(lines, minor === '0');
    if (refusal !== undefined) return output + closing(refusal);
    const length = Number(values(lines, 'content-length')[0] ?? 0);
    if (rest.length < text.length + length) return output;
    const close = endsConnection(lines, minor === '0');
    output += answerOf(method, target, served, close);
    if (close) return output;
    rest = rest.slice(text.length + length);
  }
}

function closing(status: 400 | 431 | 501): string {
  return answer(status, '', { close: true });
}

/** The header lines, and of an unfinished last one what it says already. */
function headerLines(text: string): Header[] {
  const [, ...lines] = text.replace(/^(?:\r\n){0,4}/, '').split('\r\n');
  return lines.flatMap((line, index): Header[] => {
    const [, name, value = ''] = new RegExp(`^(${TOKEN}+):(${VALUE})\\r?$`).exec(line) ?? [];
    if (name === undefined) return [];
    const isOpen = index === lines.length - 1 && !line.endsWith('\r');
    if (isOpen && name.toLowerCase() === 'content-length' && OPEN_LENGTH.test(value)) return [];
    return [[name.toLowerCase(), trim(value)]];
  });
}

/** A Content-Length that further bytes can make right. */
const OPEN_LENGTH = /^[ \t]*\d{0,18}$|^[ \t]*\d{1,18}[ \t]*$/;

function trim(value: string): string {
  return value.replace(/^[ \t]+|[ \t]+$/g, '');
}

function values(lines: readonly Header[], name: string): string[] {
  return lines.filter((line) => line[0] === name).map((line) => line[1]);
}

function hasWrongLine(lines: readonly Header[]): boolean {
  const lengths = values(lines, 'content-length');
  return (
    values(lines, 'host').length > 1 ||
    lengths.some((text) => !/^\d{1,18}$/.test(text)) ||
    new Set(lengths.map(BigInt)).size > 1
  );
}

function refusalOf(lines: readonly Header[], isOld: boolean): 400 | 431 | 501 | undefined {
  const lengths = values(lines, 'content-length');
  if (!isOld && values(lines, 'host').length === 0) return 400;
  if (values(lines, 'transfer-encoding').length > 0) return isOld || lengths.length > 0 ? 400 : 501;
  return Number(lengths[0] ?? 0) > BODY_MAX ? 431 : undefined;
}

function endsConnection(lines: readonly Header[], isOld: boolean): boolean {
  const tokens = values(lines, 'connection').flatMap((list) =>
    list.toLowerCase().split(',').map(trim),
  );
  return tokens.includes('close') || (isOld && !tokens.includes('keep-alive'));
}

function answerOf(
  method: string,
  target: string,
  served: readonly Target[],
  close: boolean,
): string {
  if (method === 'GET') return answerTo(target, served, close);
  const isUpload = method === 'POST' && target === '/upload' && served.includes('/upload');
  return isUpload ? answer(200, GREETING, { close }) : answer(405, '', { close });
}

function answerTo(target: string, served: readonly Target[], close: boolean): string {
  const [, path = '', number] = /^(\/[a-z]*)(?:\?(?:us|n|ms)=(\d+))?$/.exec(target) ?? [];
  const isExact = target === path || target === `${path}?${PARAMETERS[path]?.[0]}=${number}`;
  const isServed = served.some((name) => name === path) && isExact && target.length <= 64;
  const maximum = PARAMETERS[path]?.[1];
  if (isServed && path === '/' && number === undefined) return answer(200, GREETING, { close });
  if (!isServed || maximum === undefined || number === undefined || BigInt(number) > maximum) {
    return answer(404, '', { close });
  }
  return answer(200, path === '/bytes' ? alphabet(Number(number)) : GREETING, { close });
}

const PARAMETERS: Partial<Record<string, readonly [name: string, maximum: number]>> = {
  '/work': ['us', 1_000_000],
  '/bytes': ['n', 16_777_216],
  '/sleep': ['ms', 10_000],
};
