/** Text for a terminal: wrapping and cutting. Pure. */
import wrapAnsi from 'wrap-ansi';

const NO_BREAK_SPACE = '\u00a0';

/**
 * Breaks at spaces so that no line exceeds `width`, but for words that are longer; `indent` begins
 * every further line. A percent sign stays with its number, and runs of spaces, which align what
 * follows a mark, stay whole.
 */
export function wrap(text: string, width: number, indent = ''): string {
  return text
    .replace(/ (?=[ %])|(?<= ) /g, NO_BREAK_SPACE)
    .split('\n')
    .map((line) => wrapLine(line, width, indent))
    .join('\n')
    .replaceAll(NO_BREAK_SPACE, ' ');
}

function wrapLine(line: string, width: number, indent: string): string {
  const [first = '', ...rest] = wrapAnsi(line, width).split('\n');
  if (rest.length === 0) return first;
  const further = wrapAnsi(rest.join(' '), width - indent.length).split('\n');
  return [first, ...further.map((text) => `${indent}${text}`)].join('\n');
}

/** At most `width` characters; what is cut off is marked. */
export function clip(text: string, width: number): string {
  const characters = [...text];
  return characters.length <= width ? text : `${characters.slice(0, width - 1).join('')}…`;
}
