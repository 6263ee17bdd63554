#!/usr/bin/env node
/** Writes the claims of docs/CLAIMS.md, from the compiled harness. */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const compiled = new URL('../dist/harness/claims/document.js', import.meta.url);
/** @type {{ DOCUMENT: string, withClaimSections: (document: string) => string }} */
const { DOCUMENT, withClaimSections } = await import(compiled.href);

const file = fileURLToPath(new URL(`../${DOCUMENT}`, import.meta.url));
writeFileSync(file, withClaimSections(readFileSync(file, 'utf8')));
