// Writes beside each file of a built page what is sent to browsers that take it compressed: NAME.br and NAME.gz.
// Once at build time, because the best compression takes seconds. Usage: node precompress.mjs SITE
import { readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

/** A smaller file fits into the first packets of an answer as it is. */
const SMALLEST = 1024;

const site = process.argv[2];
if (!site) throw new Error("usage: node precompress.mjs SITE");
const files = readdirSync(site, { recursive: true })
  .map((name) => join(site, name))
  .filter((path) => statSync(path).isFile());

// Those of an earlier build may stand beside files that are gone.
for (const path of files.filter((path) => /\.(br|gz)$/.test(path))) rmSync(path);

for (const path of files.filter((path) => /\.(css|js|svg|wasm)$/.test(path))) {
  const bytes = readFileSync(path);
  if (bytes.length < SMALLEST) continue;
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
  writeFileSync(`${path}.br`, brotliCompressSync(bytes, { params }));
  writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }));
}
