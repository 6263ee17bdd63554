// Prints the fingerprint of native/core: servers that print the same one share the same framing,
// answers, socket options and counters. binding.gyp compiles it into every native server.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = new URL('../native/core/', import.meta.url);
const hash = createHash('sha256');
for (const name of readdirSync(fileURLToPath(folder)).sort()) {
  if (!/\.(cc|hpp)$/.test(name)) continue;
  hash
    .update(name)
    .update('\0')
    .update(readFileSync(new URL(name, folder)))
    .update('\0');
}
process.stdout.write(hash.digest('hex').slice(0, 12));
