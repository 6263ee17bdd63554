/** A small repository and a pretended machine for the bootstrap's tests. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { currentSystem, type System } from './system.mjs';

export const repository = fileURLToPath(new URL('../..', import.meta.url));

/** A folder that is gone after the test. */
export interface Scratch {
  readonly folder: string;
  write(file: string, content: string): void;
  remove(): void;
}

export function scratch(): Scratch {
  const folder = mkdtempSync(path.join(tmpdir(), 'iomodels-bootstrap-'));
  return {
    folder,
    write(file, content) {
      const full = path.join(folder, file);
      mkdirSync(path.dirname(full), { recursive: true });
      writeFileSync(full, content);
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** This machine, with `root` as the repository and nobody at a terminal. */
export function pretend(root: string, changes: Partial<System> = {}): System {
  return { ...currentSystem(), root, interactive: false, uid: 1000, ...changes };
}

/** An executable shell script. */
export function script(home: Scratch, file: string, body: string): void {
  home.write(file, `#!/bin/sh\n${body}\n`);
  chmodSync(path.join(home.folder, file), 0o755);
}

/** The tools of this repository, for a small one with a core of one function and one variant. */
export function smallRepository(home: Scratch): void {
  symlinkSync(path.join(repository, 'node_modules'), path.join(home.folder, 'node_modules'));
  home.write('package.json', '{"name":"small","version":"1.0.0"}');
  home.write('package-lock.json', '{}');
  home.write(
    'binding.gyp',
    `{ 'includes': ['native/variants.gypi'],
       'target_defaults': { 'include_dirs': ['native'], 'configurations': { 'Other': {} } },
       'targets': [
         { 'target_name': 'core', 'type': 'static_library', 'sources': ['native/core/core.cc'] },
         { 'target_name': 'gonet', 'type': 'static_library', 'sources': ['native/core/net.cc'] } ] }`,
  );
  home.write('native/core/core.hpp', 'int answer();\n');
  home.write('native/core/core.cc', '#include "core/core.hpp"\nint answer() { return 42; }\n');
  home.write('native/core/net.cc', 'int unused() { return 0; }\n');
  home.write('servers/first/variant.json', '{"name":"first","launch":{"native":"first"}}');
  home.write(
    'servers/first/model.cc',
    '#include <cstdio>\n#include "core/core.hpp"\nint main() { std::printf("%d", answer()); }\n',
  );
  home.write('servers/other/variant.json', '{"name":"other","launch":{"command":["other"]}}');
}
