#!/usr/bin/env node
/** Writes the JSON Schemas of the gate's files anew, from the compiled harness. */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
// @ts-expect-error compiled code, made by `npm run build`
import { schemaTexts } from '../dist/harness/gate/schema-files.js';

for (const [file, text] of schemaTexts()) {
  writeFileSync(fileURLToPath(new URL(`../${file}`, import.meta.url)), text);
}
