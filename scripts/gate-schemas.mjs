#!/usr/bin/env node
/** Writes the JSON Schemas of the gate's files, from the compiled harness. */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const compiled = new URL('../dist/harness/gate/schema-files.js', import.meta.url);
/** @type {{ schemaTexts: () => ReadonlyMap<string, string> }} */
const { schemaTexts } = await import(compiled.href);

for (const [file, text] of schemaTexts()) {
  writeFileSync(fileURLToPath(new URL(`../${file}`, import.meta.url)), text);
}
