/**
 * Reads TypeScript, JavaScript, C++ and Go just well enough for the rules: which text is comment,
 * which is string, what is imported. It relies on the formatters: a string ends on its line, a
 * block's end stands under its beginning.
 */

type State = 'code' | 'line comment' | 'block comment' | '"' | "'" | '`';

/**
 * The text with comments, and strings if asked, turned into spaces. Lines and columns stay where
 * they were.
 */
export function codeOnly(text: string, { strings = 'keep' }: { strings?: 'keep' | 'blank' } = {}) {
  let state: State = 'code';
  let out = '';
  for (let at = 0; at < text.length; at += 1) {
    const two = text.slice(at, at + 2);
    const next = nextState(state, two, text[at - 1] ?? '');
    const blank = isBlank(state, next, strings);
    const width = isPair(state, next, two) ? 2 : 1;
    for (const char of text.slice(at, at + width)) out += char === '\n' || !blank ? char : ' ';
    at += width - 1;
    state = next;
  }
  return out;
}

function nextState(state: State, two: string, before: string): State {
  const char = two[0] ?? '';
  switch (state) {
    case 'code':
      if (two === '//') return 'line comment';
      if (two === '/*') return 'block comment';
      // After a letter or digit it is an apostrophe of JSX text or a digit separator of C++.
      if (char === "'" && /\w/.test(before)) return 'code';
      return char === '"' || char === "'" || char === '`' ? char : 'code';
    case 'line comment':
      return char === '\n' ? 'code' : state;
    case 'block comment':
      return two === '*/' ? 'code' : state;
    case '"':
    case "'":
      return char === state || char === '\n' ? 'code' : state;
    case '`':
      return char === state ? 'code' : state;
  }
}

function isBlank(state: State, next: State, strings: 'keep' | 'blank'): boolean {
  const isComment = state.endsWith('comment') || next.endsWith('comment');
  const isString = state !== 'code' && next !== 'code' && !isComment;
  return isComment || (strings === 'blank' && isString);
}

/** Two characters that are read as one: an escape, and the marks of comments. */
function isPair(state: State, next: State, two: string): boolean {
  if (two[0] === '\\' && two.length === 2) return !state.endsWith('comment');
  return two === '*/' ? state === 'block comment' : state === 'code' && next.endsWith('comment');
}

/**
 * Columns of every line without the inside of its strings: no formatter can break those.
 */
export function columnsWithoutStrings(text: string): number[] {
  const all = text.split('\n');
  const kept = codeOnly(text).split('\n');
  const blanked = codeOnly(text, { strings: 'blank' }).split('\n');
  return all.map((line, index) => {
    const inStrings = visible(kept[index]) - visible(blanked[index]);
    // Characters, not bytes or UTF-16 units: an arrow is one column.
    return [...line].length - inStrings;
  });
}

const visible = (line: string | undefined): number => [...(line ?? '').replaceAll(' ', '')].length;

export interface Import {
  readonly line: number;
  /** What stands in the quotes or angle brackets. */
  readonly target: string;
  /** Of #include only. */
  readonly isAngled: boolean;
}

/** Imports of TypeScript or JavaScript: static, type-only, dynamic, and require. */
export function imports(text: string): Import[] {
  const pattern = /(?:\bfrom\s*|\bimport\s*\(?\s*|\brequire\s*\(\s*)(['"])([^'"\n]+)\1/g;
  return find(codeOnly(text), pattern, (match) => ({ target: match[2] ?? '', isAngled: false }));
}

export function includes(text: string): Import[] {
  const pattern = /^[ \t]*#[ \t]*include[ \t]*(["<])([^">\n]+)[">]/gm;
  return find(codeOnly(text), pattern, (match) => ({
    target: match[2] ?? '',
    isAngled: match[1] === '<',
  }));
}

function find(
  code: string,
  pattern: RegExp,
  read: (match: RegExpMatchArray) => Omit<Import, 'line'>,
): Import[] {
  return [...code.matchAll(pattern)].map((match) => ({
    line: code.slice(0, match.index).split('\n').length,
    ...read(match),
  }));
}

export interface Block {
  /** Line of the header's beginning, from 1. */
  readonly line: number;
  readonly length: number;
  readonly header: string;
}

/** Words before the one that tells what a block is. */
const MODIFIERS = /^(?:(?:export|default|abstract|declare|static|inline|typedef)\s+)*/;
/** A block of this head is no function. */
const NOT_A_FUNCTION = new RegExp(
  '^(?:(?:class|interface|type|enum|struct|union|namespace|extern|switch|if|else|for|while|do|try' +
    '|catch|finally|import|case|default|return \\{|const \\w+(?:: [^=]+)? = \\{)(?!\\w)|\\}|#)',
);

/** Functions, methods and lambdas whose body is a block of its own. */
export function functions(text: string): Block[] {
  const code = codeOnly(text, { strings: 'blank' }).split('\n');
  return code.flatMap((line, index) => {
    if (!line.trimEnd().endsWith('{')) return [];
    const start = headerStart(code, index);
    const header = code
      .slice(start, index + 1)
      .join(' ')
      .trim();
    if (!isFunction(header)) return [];
    const end = blockEnd(code, start, index);
    return end === null ? [] : [{ line: start + 1, length: end - start + 1, header }];
  });
}

/** A header is longer than this only where brackets do not mean what we think. */
const HEADER_LINES_MAX = 30;

/**
 * Goes back to the line that opens what the header's last line closes, or that its list goes on.
 */
function headerStart(code: readonly string[], index: number): number {
  let open = 0;
  for (let at = index; at >= Math.max(0, index - HEADER_LINES_MAX); at -= 1) {
    const line = code[at] ?? '';
    open += count(line, ')') - count(line, '(');
    const isInitializer = /^\s*:/.test(line) || /^\s+\w+_\(.*\)[,{ ]*$/.test(line);
    if (open <= 0 && !isInitializer) return at;
  }
  return index;
}

const count = (line: string, char: string): number => line.split(char).length - 1;

function blockEnd(code: readonly string[], start: number, index: number): number | null {
  const own = indentation(code[start]);
  for (let at = index + 1; at < code.length; at += 1) {
    const line = code[at] ?? '';
    if (/^\s*[}\])]/.test(line) && indentation(line) <= own) return at;
  }
  return null;
}

function isFunction(header: string): boolean {
  if (NOT_A_FUNCTION.test(header.replace(MODIFIERS, ''))) return false;
  if (/=>\s*\{$/.test(header) || /\bfunction\b/.test(header)) return true;
  return /\)[^()=]*\{$/.test(header) || /\]\s*\([^()]*\)[^()]*\{$/.test(header);
}

const indentation = (line: string | undefined): number => /^\s*/.exec(line ?? '')?.[0].length ?? 0;
