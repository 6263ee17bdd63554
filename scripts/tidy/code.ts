/**
 * Reads TypeScript, JavaScript, C++ and Go just well enough for the rules: which text is comment,
 * which is string, what is imported. It relies on the formatters: a string ends on its line, a
 * block ends in the column where it began.
 */

/**
 * What is more than code: an escape in code, a comment, a string or template. After a letter or
 * digit `'` is an apostrophe of JSX text or a digit separator of C++.
 */
const TOKENS =
  /\\[\s\S]|\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|(?<!\w)'(?:\\[\s\S]|[^'\\\n])*'?|"(?:\\[\s\S]|[^"\\\n])*"?|`(?:\\[\s\S]|[^`\\])*`?/g;

/** A string that ends with its quote, which is no escape. */
const CLOSED = /^(.)(?:\\[\s\S]|(?!\1)[^\\])*\1$/;

/**
 * The text with comments, and strings if asked, turned into spaces. Lines and columns stay where
 * they were.
 */
export function codeOnly(text: string, { strings = 'keep' }: { strings?: 'keep' | 'blank' } = {}) {
  return text.replace(TOKENS, (token) => {
    if (token.startsWith('//') || token.startsWith('/*')) return spaces(token);
    if (strings === 'keep' || token.startsWith('\\')) return token;
    const end = CLOSED.test(token) ? token.length - 1 : token.length;
    return token.slice(0, 1) + spaces(token.slice(1, end)) + token.slice(end);
  });
}

const spaces = (text: string): string => text.replace(/[^\n]/g, ' ');

/** The text with all but its comments turned into spaces. Lines and columns stay, too. */
export function commentsOnly(text: string): string {
  const code = codeOnly(text);
  return text.replace(/[^\n]/g, (char, at: number) => (char === code[at] ? ' ' : char));
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
  /** The text in the quotes or angle brackets. */
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

/** Words before the one that says what a block is. */
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
 * Goes back to the line that opens what the header's last line closes, or whose list it continues.
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
