// The dev server's pages around the sample shop: start page, API explorer, inbox and previews of the mails.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch, violations } from "./chromium.js";

const BASE = process.env.BASE_URL;
const PASSWORD = "Change-me-1!";

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

test("the API explorer signs in and calls an endpoint", { timeout: 120_000 }, async () => {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  const complaints = [];
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(String(error)));
  const attributes = {
    salutation: "Ms", firstName: "Ada", lastName: "Explorer", email: "ada@example.com",
    password: PASSWORD, confirmPassword: PASSWORD, acceptedTerms: true,
  };
  const body = JSON.stringify({ data: { type: "customers", attributes } });
  assert.equal((await fetch(`${BASE}/customers`, { method: "POST", body })).status, 201);

  await page.goto(`${BASE}/_local/docs/`);
  await page.getByRole("button", { name: "Authorize" }).first().click();
  await page.locator("#oauth_username").fill("ada@example.com");
  await page.locator("#oauth_password").fill(PASSWORD);
  await page.locator(".auth-container").filter({ has: page.locator("#oauth_username") })
    .locator("button.authorize").click();
  await page.locator(".btn-done").first().click();
  const operation = page.locator("#operations-customers-listCustomers");
  await operation.locator(".opblock-summary-control").click();
  await operation.getByRole("button", { name: "Execute" }).click();
  await operation.locator(".live-responses-table").getByText("ada@example.com").first().waitFor();
  if (process.env.SCREENSHOTS) await page.screenshot({ path: `${process.env.SCREENSHOTS}/explorer.png` });
  assert.deepEqual(complaints, []);
  await context.close();
});

test("the page at the root leads to all others", { timeout: 60_000 }, async () => {
  const context = await browser.newContext({ viewport: { width: 390, height: 844 } });
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  for (const [link, path, shows] of [
    ["Sample shop", "/_local/shop/", "Your account, in your hands"],
    ["Inbox", "/_local/", "Inbox"],
    ["Help desk", "/_local/desk/", "Help desk"],
    ["API explorer", "/_local/docs/", "Customer accounts"],
    ["Mails", "/_local/mails", "Mails"],
  ]) {
    await page.goto(`${BASE}/`);
    await accessible(page, "start");
    if (process.env.SCREENSHOTS) await page.screenshot({ path: `${process.env.SCREENSHOTS}/start.png` });
    await page.getByRole("main").getByRole("link", { name: link, exact: true }).click();
    await page.waitForURL(`${BASE}${path}`);
    await page.getByRole("heading", { name: shows }).first().waitFor();
  }
  await context.close();
});

test("a customer's mail is in the inbox, and every mail among the previews", { timeout: 60_000 }, async () => {
  const email = "ida@example.com";
  const attributes = {
    salutation: "Ms", firstName: "Ida", lastName: "Inbox", email,
    password: PASSWORD, confirmPassword: PASSWORD, acceptedTerms: true,
  };
  const body = JSON.stringify({ data: { type: "customers", attributes } });
  assert.equal((await fetch(`${BASE}/customers`, { method: "POST", body })).status, 201);

  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  await page.goto(`${BASE}/_local/`);
  await page.locator("#mails button").filter({ hasText: email }).first().click();
  await page.frameLocator("#html").getByRole("link").first().waitFor();
  await accessible(page, "inbox");
  if (process.env.SCREENSHOTS) await page.screenshot({ path: `${process.env.SCREENSHOTS}/inbox.png` });
  await page.getByRole("button", { name: "Text" }).click();
  await page.locator("#text").filter({ hasText: "token=" }).waitFor();
  await page.getByRole("button", { name: "HTML" }).click();
  const opened = page.context().waitForEvent("page");
  await page.frameLocator("#html").getByRole("link").first().click();
  const shop = await opened;
  await shop.waitForURL(/\/register\/confirm/);
  await shop.close();

  await page.goto(`${BASE}/_local/mails`);
  await accessible(page, "previews");
  await page.getByLabel("Language").selectOption("de");
  await page.getByLabel("Mail", { exact: true }).selectOption("password-reset");
  await page.getByRole("heading", { name: "Neues Passwort" }).waitFor();
  assert.equal(await page.locator("section:visible").count(), 1);
  await page.frameLocator("section:visible iframe").getByText("Guten Tag Anna Berg,").waitFor();
  await context.close();
});

/** Fails if axe has a serious or critical finding. */
async function accessible(page, name) {
  const isGrave = ({ impact }) => impact === "serious" || impact === "critical";
  assert.deepEqual(await violations(page, name, { iframes: false }, isGrave), []);
}
