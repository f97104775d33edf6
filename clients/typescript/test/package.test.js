// The package as a whole: what it adds to a storefront's pages, and its version.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const source = (/** @type {string} */ file) => new URL(`../src/${file}`, import.meta.url).pathname;
const FILES = ["index.js", "errors.js", "session.js", "tokens.js", "texts/english.js"];

/** @param {string} contents of a page's script */
async function bundled(contents) {
  const stdin = { contents, resolveDir: source("") };
  const options = /** @type {const} */ ({ bundle: true, minify: true, write: false, format: "esm", logLevel: "error" });
  const { outputFiles } = await build({ stdin, ...options });
  return outputFiles[0]?.text ?? assert.fail("no bundle");
}

test("the browser's half with one language is small, and a bundler leaves out what is not used", async () => {
  const bundle = await bundled('export * from "./index.js"; export * from "./texts/english.js";');
  const minified = gzipSync(bundle, { level: 9 }).length;
  const plain = gzipSync(FILES.map((file) => readFileSync(source(file), "utf8")).join(""), { level: 9 }).length;
  console.log(`minified and compressed ${minified} bytes, only compressed ${plain} bytes`);
  assert.ok(minified < 5 * 1024 && plain < 10 * 1024);
  assert.equal(await bundled('import "./index.js"; import "./texts/english.js";'), "");
});

test("the guide shows the example as it is tested", () => {
  const guide = readFileSync(source("../../../docs/storefront.md"), "utf8");
  for (const file of ["api/accounts/[...path]/route.js", "accounts.js"]) {
    assert.ok(guide.includes(readFileSync(source(`../examples/nextjs/app/${file}`), "utf8")), file);
  }
});

test("the package has the version of the API", () => {
  const { version } = JSON.parse(readFileSync(source("../package.json"), "utf8"));
  const cargo = readFileSync(source("../../../Cargo.toml"), "utf8");
  assert.ok(cargo.includes(`\nversion = "${version}"\n`), version);
});
