// Makes the folder that the server serves from a compiled page: splits and connects the WASM, compiles the style sheet, names
// each file after its content, and says in HASHES, beside the program, what the names are. With --compress, a compressed copy
// stands beside each file.
// Usage: node build-page.mjs WASM SITE HASHES [--compress]
//
// No wasm-opt: with -Oz the page that browsers download (compressed by Brotli) is 7 % larger, and it takes minutes.
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, extname, join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
/** As in Cargo.toml and Leptos.toml. */
const NAME = "service_manager";
/** Where the hash goes in the name of the script that loads the split modules, which is also written in those modules. */
const PLACEHOLDER = "______________________";

const [wasm, site, hashes, compress] = process.argv.slice(2);
if (!hashes) throw new Error("usage: node build-page.mjs WASM SITE HASHES [--compress]");
const part = `${site}.part`;
const pkg = join(part, "pkg");
rmSync(part, { recursive: true, force: true });
cpSync("public", part, { recursive: true });
mkdirSync(pkg);

const css = join(pkg, `${NAME}.css`);
await Promise.all([
  run("split-wasm", [wasm, pkg, NAME]),
  run("sass", ["--no-source-map", "--style=compressed", "--no-charset", "style/main.scss", css]),
]);

// The scripts name the modules, the modules the scripts: one hash of all of them stands in every name, so that no file can
// change and keep its name.
const modules = readdirSync(pkg).filter((file) => extname(file) !== ".css").sort();
const hash = hashOf(modules.map((file) => readFileSync(join(pkg, file))));
const names = new Map(modules.map((file) => [file, hashedName(file, hash)]));
for (const [file, name] of names) {
  const bytes = readFileSync(join(pkg, file));
  writeFileSync(join(pkg, file), extname(file) === ".wasm" ? fillPlaceholder(bytes) : rename(bytes.toString()));
  renameSync(join(pkg, file), join(pkg, name));
}
const cssHash = hashOf([readFileSync(css)]);
renameSync(css, join(pkg, hashedName(`${NAME}.css`, cssHash)));

if (compress) await run("node", [join(import.meta.dirname, "precompress.mjs"), part]);
mkdirSync(dirname(hashes), { recursive: true });
rmSync(site, { recursive: true, force: true });
renameSync(part, site);
writeFileSync(hashes, `js: ${hash}\nwasm: ${hash}\ncss: ${cssHash}\nmanifest: ${hash}\nsplit: ${hash}\n`);

/** 22 characters that are good in a file's name. */
function hashOf(contents) {
  const hash = createHash("sha256");
  for (const bytes of contents) hash.update(bytes);
  return hash.digest("base64url").slice(0, PLACEHOLDER.length);
}

function hashedName(file, hash) {
  if (file.includes(PLACEHOLDER)) return file.replace(PLACEHOLDER, hash);
  const extension = extname(file);
  return `${file.slice(0, -extension.length)}.${hash}${extension}`;
}

/** A script or the manifest with the new names in place of the old ones. The manifest leaves the endings out. */
function rename(text) {
  const stem = (file) => file.replace(/\.wasm$/, "");
  return [...names].reduce((text, [file, name]) => {
    return text.replaceAll(`/${file}"`, `/${name}"`).replaceAll(`/${file}'`, `/${name}'`).replaceAll(`"${stem(file)}"`, `"${stem(name)}"`);
  }, text);
}

/** A module with the hash in each place that was kept for it. */
function fillPlaceholder(bytes) {
  const place = Buffer.from(PLACEHOLDER);
  for (let at = bytes.indexOf(place); at >= 0; at = bytes.indexOf(place, at)) bytes.write(hash, at, "latin1");
  return bytes;
}
