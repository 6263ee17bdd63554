import { statSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Scratch, scratch } from './testing.js';
import { nativeVariants, variantsGypi, writeVariantsGypi } from './variants-gypi.mjs';

let home: Scratch;
beforeEach(() => {
  home = scratch();
});
afterEach(() => home.remove());

describe('nativeVariants', () => {
  it('finds the folders whose launch is native, with all their .cc files', () => {
    home.write('servers/b/variant.json', '{"launch":{"native":"server-b"}}');
    home.write('servers/b/model.cc', '');
    home.write('servers/b/a.cc', '');
    home.write('servers/b/a.hpp', '');
    home.write('servers/go/variant.json', '{"launch":{"command":["x"]}}');
    home.write('servers/empty/README.md', '');
    expect(nativeVariants(home.folder)).toEqual([
      {
        name: 'server-b',
        folder: 'b',
        sources: ['a.cc', 'model.cc'],
        libraries: ['gonet', 'core'],
      },
    ]);
  });

  it('gives the runtime with options to a variant that includes its headers', () => {
    home.write('servers/b/variant.json', '{"launch":{"native":"b"}}');
    home.write('servers/b/model.cc', '#include "core/x.hpp"\n#include "gonet/tuned/tuning.hpp"\n');
    expect(nativeVariants(home.folder)[0]?.libraries).toEqual(['gonet_tuned', 'core']);
  });

  it('finds none without a servers folder', () => {
    expect(nativeVariants(home.folder)).toEqual([]);
  });

  it.each([
    ['that is not JSON', '{', 'is not JSON'],
    ['without a source', '{"launch":{"native":"b"}}', 'no .cc file'],
  ])('names a variant.json %s', (_, content, message) => {
    home.write('servers/b/variant.json', content);
    expect(() => nativeVariants(home.folder)).toThrow(message);
  });

  it('refuses two folders of one name', () => {
    for (const folder of ['a', 'b']) {
      home.write(`servers/${folder}/variant.json`, '{"launch":{"native":"same"}}');
      home.write(`servers/${folder}/model.cc`, '');
    }
    expect(() => nativeVariants(home.folder)).toThrow('native name same');
  });
});

describe('variantsGypi', () => {
  it('has one executable per variant, with paths from native/', () => {
    const text = variantsGypi([
      { name: 'x', folder: 'y', sources: ['model.cc'], libraries: ['gonet', 'core'] },
    ]);
    expect(JSON.parse(text.replace(/^#.*\n/, ''))).toEqual({
      targets: [
        {
          target_name: 'x',
          type: 'executable',
          dependencies: ['gonet', 'core'],
          include_dirs: ['../servers/y'],
          sources: ['../servers/y/model.cc'],
        },
      ],
    });
  });

  it('is not written again when nothing changed', () => {
    const file = path.join(home.folder, 'native/variants.gypi');
    writeVariantsGypi(home.folder);
    const first = statSync(file, { bigint: true });
    writeVariantsGypi(home.folder);
    expect(statSync(file, { bigint: true }).mtimeNs).toBe(first.mtimeNs);
  });
});
