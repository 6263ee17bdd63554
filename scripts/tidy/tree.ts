/**
 * The repository as the rules see it: what git tracks or would track; without git, all but what
 * tools make. Sources of others, which are copied as they are, have rules of their own.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Tree } from './rule.js';

const OF_OTHERS = 'native/vendor/';
const MADE_BY_TOOLS = ['node_modules', 'build', 'dist', 'coverage', '.git', 'reports'];

export function readTree(root: string): Tree {
  return listFiles(root)
    .filter((file) => !file.startsWith(OF_OTHERS))
    .filter((file) => statSync(path.join(root, file), { throwIfNoEntry: false })?.isFile() === true)
    .map((file) => ({ path: file, text: readFileSync(path.join(root, file), 'utf8') }));
}

function listFiles(root: string): string[] {
  if (!existsSync(path.join(root, '.git'))) return found(root);
  const args = ['-C', root, 'ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const output = execFileSync('git', args, { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  return [...new Set(output.split('\0').filter((file) => file !== ''))];
}

function found(root: string): string[] {
  return readdirSync(root, { withFileTypes: true })
    .filter((entry) => !MADE_BY_TOOLS.includes(entry.name))
    .flatMap((entry) =>
      entry.isDirectory()
        ? readdirSync(path.join(root, entry.name), { recursive: true, encoding: 'utf8' }).map(
            (file) => path.join(entry.name, file),
          )
        : [entry.name],
    )
    .filter((file) => file !== 'native/variants.gypi');
}
