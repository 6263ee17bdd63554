import { describe, expect, it } from 'vitest';
import { UserError } from '../errors.js';
import { describeFailure } from './failure.js';

describe('describeFailure', () => {
  it('gives message, remedy and the last output of the program, indented', () => {
    const error = new UserError('go-net failed to build', 'install Go', { output: 'a\n  b\n' });
    expect(describeFailure(error, 80)).toEqual({
      text:
        'error: go-net failed to build\n  what to do: install Go\n' +
        '  last output:\n    a\n      b\n',
      exitCode: 1,
    });
  });

  it('wraps prose but not what a program said', () => {
    const output = 'x '.repeat(60).trim();
    const error = new UserError('word '.repeat(30), 'word '.repeat(30), { output, exitCode: 2 });
    const { text, exitCode } = describeFailure(error, 80);
    expect(exitCode).toBe(2);
    const long = text.split('\n').filter((line) => line.length > 80);
    expect(long).toEqual([`    ${output}`]);
  });

  it('shows the stack of a bug and asks for a report', () => {
    const { text, exitCode } = describeFailure(new TypeError('undefined is no function'), 80);
    expect(text).toContain('TypeError: undefined is no function\n    at ');
    expect(text).toContain('bug in iomodels');
    expect(exitCode).toBe(1);
  });
});
