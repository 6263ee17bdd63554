/**
 * Where the repository is: sources run from harness/, compiled code from dist/harness/, and both
 * need its other files.
 */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

const PACKAGE_NAME = 'iomodels';

function isRoot(folder: string): boolean {
  const file = path.join(folder, 'package.json');
  if (!existsSync(file)) return false;
  const content: unknown = JSON.parse(readFileSync(file, 'utf8'));
  return (
    typeof content === 'object' &&
    content !== null &&
    'name' in content &&
    content.name === PACKAGE_NAME
  );
}

/** Absolute path of the nearest folder above this file whose package.json is named iomodels. */
export function repositoryRoot(): string {
  let folder = import.meta.dirname;
  while (!isRoot(folder)) {
    const parent = path.dirname(folder);
    if (parent === folder) {
      throw new Error(`no package.json named ${PACKAGE_NAME} above ${import.meta.dirname}`);
    }
    folder = parent;
  }
  return folder;
}
