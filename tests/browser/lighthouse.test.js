// What Lighthouse says of the start page, the inbox, and the shop's pages that open without signing in: accessibility and best practices, each 100 of 100.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch as launchChrome } from "chrome-launcher";
import lighthouse from "lighthouse";
import { flags, path } from "./chromium.js";

const BASE = process.env.BASE_URL;
const PAGES = [
  "/",
  "/_local/",
  "/_local/shop/",
  "/_local/shop/register",
  "/_local/shop/sign-in",
  "/_local/shop/password/forgotten",
  "/_local/shop/password/restore?token=x",
  "/_local/shop/register/confirm?token=x",
  "/_local/shop/no/such/page",
];

let chrome;
before(async () => {
  chrome = await launchChrome({ chromePath: path, chromeFlags: ["--headless=new", ...flags] });
});
after(() => chrome.kill());

for (const page of PAGES) {
  test(`Lighthouse finds nothing wrong with ${page}`, { timeout: 120_000 }, async () => {
    const options = { port: chrome.port, onlyCategories: ["accessibility", "best-practices"], logLevel: "error" };
    const { lhr } = await lighthouse(BASE + page, options);
    const failed = Object.values(lhr.audits)
      .filter(({ score, scoreDisplayMode }) => score !== null && score < 1 && scoreDisplayMode !== "informative")
      .map(({ id, title, details }) => `${id}: ${title} ${JSON.stringify(details?.items ?? "")}`);
    const scores = Object.values(lhr.categories).map(({ id, score }) => [id, score]);
    assert.deepEqual(scores, [["accessibility", 1], ["best-practices", 1]], failed.join("\n"));
  });
}
