// What all tests of pages share: the browser, and what axe finds in a page.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

export const path = process.env.CHROMIUM ?? "/usr/bin/chromium";
export const flags = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync",
];

export const launch = () => chromium.launch({ executablePath: path, args: flags });

/** What axe finds, a line for each rule that is broken. `options` are those of `axe.run`. */
export async function violations(page, name, options, counts = () => true) {
  // axe is injected from outside, because the pages' content security policy would block it.
  await page.evaluate(AXE);
  const { violations } = await page.evaluate((options) => window.axe.run(document, options), options);
  return violations
    .filter(counts)
    .map(({ id, nodes }) => `${name}: ${id} at ${nodes.map(({ html }) => html).join(", ")}`);
}
