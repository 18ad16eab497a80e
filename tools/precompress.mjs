// Writes beside each file of a built page what is sent to browsers that take it compressed: NAME.br and NAME.gz.
// Once at build time, because the best compression takes seconds. Usage: node precompress.mjs SITE
import { readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";

/** A smaller file fits into the first packets of an answer as it is. */
const SMALLEST = 1024;

const site = process.argv[2];
if (!site) throw new Error("usage: node precompress.mjs SITE");
const files = readdirSync(site, { recursive: true })
  .map((name) => join(site, name))
  .filter((path) => statSync(path).isFile());

// Those of an earlier build may stand beside files that are gone.
for (const path of files.filter((path) => /\.(br|gz)$/.test(path))) rmSync(path);

// All at once: zlib spreads them over the cores.
const compressible = files.filter((path) => /\.(css|js|svg|wasm)$/.test(path));
await Promise.all(
  compressible.map(async (path) => {
    const bytes = readFileSync(path);
    if (bytes.length < SMALLEST) return;
    const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
    const [br, gz] = await Promise.all([promisify(brotliCompress)(bytes, { params }), promisify(gzip)(bytes, { level: 9 })]);
    writeFileSync(`${path}.br`, br);
    writeFileSync(`${path}.gz`, gz);
  }),
);
