import { mkdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { filesUnder, hashFiles, readStamp, removeStamp, writeStamp } from './stamp.mjs';
import { type Scratch, scratch } from './testing.js';

let home: Scratch;
beforeEach(() => {
  home = scratch();
});
afterEach(() => home.remove());

describe('hashFiles', () => {
  const hash = (...files: string[]) => hashFiles(home.folder, files);

  it('does not depend on the order of the list', () => {
    home.write('a', '1');
    home.write('b', '2');
    expect(hash('a', 'b')).toBe(hash('b', 'a'));
  });

  it('changes with content, name, presence and the place of a boundary', () => {
    home.write('a', 'xy');
    home.write('b', 'z');
    const first = hash('a', 'b');
    home.write('a', 'x');
    home.write('b', 'yz');
    const moved = hash('a', 'b');
    renameSync(path.join(home.folder, 'b'), path.join(home.folder, 'c'));
    const renamed = hash('a', 'c');
    const absent = hash('a', 'b');
    home.write('b', '');
    expect(new Set([first, moved, renamed, absent, hash('a', 'b')]).size).toBe(5);
  });
});

describe('filesUnder', () => {
  it('lists files of all depths, sorted, and filters', () => {
    for (const file of ['x/b.cc', 'x/y/a.cc', 'x/c.txt']) home.write(file, '');
    const isSource = (file: string) => file.endsWith('.cc');
    expect(filesUnder(home.folder, 'x', isSource)).toEqual(['x/b.cc', 'x/y/a.cc']);
  });

  it('finds nothing where there is no folder', () => {
    expect(filesUnder(home.folder, 'nowhere')).toEqual([]);
  });
});

describe('a stamp', () => {
  const file = () => path.join(home.folder, 'out', '.stamp');

  it('is read as it was written, and is gone when removed', () => {
    writeStamp(file(), { inputs: 'abc', outputs: ['x', 'y'] });
    expect(readStamp(file())).toEqual({ inputs: 'abc', outputs: ['x', 'y'] });
    removeStamp(file());
    expect(readStamp(file())).toBeNull();
  });

  it('counts as none when it is torn', () => {
    home.write('out/.stamp', '{"inputs": "ab');
    expect(readStamp(file())).toBeNull();
  });

  it('fails loudly when it cannot be read at all', () => {
    mkdirSync(file(), { recursive: true });
    expect(() => readStamp(file())).toThrow('EISDIR');
    rmSync(file(), { recursive: true });
  });
});
