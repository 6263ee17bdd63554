/** The text that `strace -f -o` writes, as calls in the order in which they returned. Pure. */

export interface StraceCall {
  /** Id of the thread that made it. */
  readonly thread: number;
  readonly name: string;
  readonly args: readonly string[];
  /** A number, or the name of the error: `0`, `7`, `EAGAIN`. */
  readonly result: string;
}

/** All calls that have returned; signals, ends and half-written lines are left out. */
export function straceCalls(text: string): StraceCall[] {
  return wholeLines(text).flatMap(({ thread, line }) => {
    const call = parseLine(line);
    return call === null ? [] : [{ thread, ...call }];
  });
}

interface Line {
  readonly thread: number;
  readonly line: string;
}

/** A call during which another thread made one is written in two halves: it goes where it ended. */
function wholeLines(text: string): Line[] {
  const begun = new Map<number, string>();
  return text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .flatMap((written) => {
      const [, id = '', rest = ''] = /^(\d+)\s+(.*)$/.exec(written) ?? [];
      const thread = Number(id);
      const [, first] = /^(.*?)\s*<unfinished \.\.\.>$/.exec(rest) ?? [];
      if (first !== undefined) {
        begun.set(thread, first);
        return [];
      }
      const [, second] = /^<\.\.\. \w+ resumed>(.*)$/.exec(rest) ?? [];
      return [
        { thread, line: second === undefined ? rest : `${begun.get(thread) ?? ''}${second}` },
      ];
    });
}

/** Null: a signal, an end, or a call that was cut short. */
function parseLine(line: string): Omit<StraceCall, 'thread'> | null {
  const [, name, args, result] = /^(\w+)\((.*)\)\s+= (-?\w+(?: E[A-Z0-9]+)?)/.exec(line) ?? [];
  if (name === undefined || args === undefined || result === undefined) return null;
  return { name, args: splitArgs(args), result: result.replace(/^-1 /, '') };
}

/** A string, or one character: strings may contain anything. */
const TOKEN = /"(?:\\.|[^"\\])*"|[^"]/g;

/** Splits at the commas outside of brackets and strings. */
function splitArgs(text: string): string[] {
  const pieces = [''];
  let depth = 0;
  for (const [token] of text.matchAll(TOKEN)) {
    if (token === ',' && depth === 0) {
      pieces.push('');
      continue;
    }
    if (token === '{' || token === '[' || token === '(') depth += 1;
    if (token === '}' || token === ']' || token === ')') depth -= 1;
    pieces.push(`${pieces.pop()}${token}`);
  }
  return pieces.map((piece) => piece.trim());
}
