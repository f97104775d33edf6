// An account's life as a customer sees it, in the shop and in the inbox, on a desktop and on a phone.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch, violations } from "./chromium.js";

const BASE = process.env.BASE_URL;
const SHOP = `${BASE}/_local/shop`;
const PASSWORDS = ["Change-me-1!", "Changed-me-2!", "Remember-3!"];

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
    password: PASSWORDS[0], confirmPassword: PASSWORDS[0], acceptedTerms: true,
  };
  const body = JSON.stringify({ data: { type: "customers", attributes } });
  assert.equal((await fetch(`${BASE}/customers`, { method: "POST", body })).status, 201);

  await page.goto(`${BASE}/_local/docs/`);
  await page.getByRole("button", { name: "Authorize" }).first().click();
  await page.locator("#oauth_username").fill("ada@example.com");
  await page.locator("#oauth_password").fill(PASSWORDS[0]);
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

for (const [device, width, height] of [["desktop", 1280, 900], ["phone", 390, 844]]) {
  test(`the life of an account, on a ${device}`, { timeout: 300_000 }, async () => {
    const context = await browser.newContext({ viewport: { width, height }, locale: "en-GB" });
    // axe is injected from outside, because the pages' content security policy would block it.
    const page = await context.newPage();
    page.setDefaultTimeout(30_000);
    const complaints = [];
    page.on("console", (message) => {
      // The browser logs every 4xx answer. The API's are expected here; those of pages and their files are not.
      const isRefusal = /the server responded with a status of 4\d\d/.test(message.text());
      const isAsked = isRefusal && !new URL(message.location().url).pathname.startsWith("/_local/");
      if (message.type() === "error" && !isAsked) complaints.push(message.text());
    });
    page.on("pageerror", (error) => complaints.push(String(error)));
    page.on("requestfailed", (request) => {
      // Leaving a page aborts its requests.
      const { errorText } = request.failure();
      if (errorText !== "net::ERR_ABORTED") complaints.push(`${request.url()}: ${errorText}`);
    });
    await live(page, device);
    assert.deepEqual(complaints, []);
    await context.close();
  });
}

async function live(page, device) {
  const email = `anna.${device}@example.com`;
  const heading = (name) => page.getByRole("heading", { level: 1, name }).waitFor();
  const says = (text) => page.getByRole("status").filter({ hasText: text }).waitFor();
  const submit = (name) => page.getByRole("button", { name, exact: true }).click();
  const field = (label) => page.getByLabel(label, { exact: true });
  const look = async (name) => {
    await accessible(page, name);
    if (process.env.SCREENSHOTS) {
      await page.screenshot({ path: `${process.env.SCREENSHOTS}/${device}-${name}.png` });
    }
  };
  const problemOf = async (label, text) => {
    const described = await field(label).getAttribute("aria-describedby");
    await page.locator(`#${described}`).filter({ hasText: text }).waitFor();
    assert.equal(await field(label).getAttribute("aria-invalid"), "true");
  };
  const signIn = async (password) => {
    await field("E-mail").fill(email);
    await field("Password").fill(password);
    await submit("Sign in");
  };
  /** The link in the newest mail, found as a customer would find it in the inbox. */
  const linkOfNewestMail = async (subject) => {
    await page.goto(`${BASE}/_local/`);
    const mail = page.locator("#mails button").filter({ hasText: email }).filter({ hasText: subject }).first();
    await mail.click();
    await page.frameLocator("#html").getByRole("link").first().waitFor();
    await look(`inbox-${subject.replaceAll(" ", "-")}`);
    await page.getByRole("button", { name: "Text" }).click();
    await page.locator("#text").filter({ hasText: "token=" }).waitFor();
    return page.getByRole("link", { name: "Follow the link" }).getAttribute("href");
  };

  await page.goto(`${SHOP}/`);
  await heading("Your account, in your hands");
  await look("welcome");

  // Register, first with every field wrong.
  await page.getByRole("link", { name: "Create an account" }).click();
  await heading("Create an account");
  await field("E-mail").fill("anna");
  await submit("Create the account");
  await problemOf("E-mail", "not a valid email address");
  await problemOf("First name", "should not be blank");
  await problemOf("Password", "too short");
  await look("register-problems");
  await field("First name").fill("Anna");
  await field("Last name").fill("Berg");
  await field("E-mail").fill(email);
  await field("Password").fill(PASSWORDS[0]);
  await field("Repeat password").fill(PASSWORDS[1]);
  await field("I accept the terms of service").check();
  await submit("Create the account");
  await page.getByRole("alert").filter({ hasText: "should be identical" }).waitFor();
  await field("Repeat password").fill(PASSWORDS[0]);
  await submit("Create the account");
  await says("Welcome!");

  // Confirm with the link in the mail, which opens a page of its own.
  const link = await linkOfNewestMail("confirm your e-mail address");
  await page.getByRole("button", { name: "HTML" }).click();
  const opened = page.context().waitForEvent("page");
  await page.frameLocator("#html").getByRole("link").first().click();
  const shop = await opened;
  await shop.getByRole("heading", { name: "Confirm your e-mail address" }).waitFor();
  await shop.close();
  await page.goto(link);
  await heading("Confirm your e-mail address");
  await look("confirm");
  await submit("Confirm the address");
  await says("is confirmed");

  await signIn("wrong");
  await page.getByRole("alert").filter({ hasText: "Failed to authenticate user." }).waitFor();
  await signIn(PASSWORDS[0]);
  await heading("Your profile");
  await says("You are signed in.");
  await page.getByText(/DE--/).waitFor();

  // The profile, with an access token that is no longer valid: it is refreshed in the background.
  await page.evaluate(() => sessionStorage.setItem("accessToken", "expired"));
  await field("Last name").fill("Berg-Weber");
  await field("Date of birth").fill("1990-02-28");
  await submit("Save the profile");
  await says("Your profile is saved.");
  assert.notEqual(await page.evaluate(() => sessionStorage.getItem("accessToken")), "expired");
  await look("profile");
  await page.reload();
  await heading("Your profile");
  await page.waitForFunction(() => document.querySelector("[name=lastName]").value === "Berg-Weber");

  // A session that has ended for good, which a page notices while loading.
  await page.evaluate(() => {
    for (const name of ["accessToken", "refreshToken"]) sessionStorage.setItem(name, "over");
  });
  await page.reload();
  await heading("Sign in");
  await says("Your session has ended.");
  await signIn(PASSWORDS[0]);
  await heading("Your profile");

  // Every mail in every language.
  await page.goto(`${BASE}/_local/mails`);
  await look("previews");
  await page.getByLabel("Language").selectOption("de");
  await page.getByLabel("Mail", { exact: true }).selectOption("password-reset");
  await page.getByRole("heading", { name: "Neues Passwort" }).waitFor();
  assert.equal(await page.locator("section:visible").count(), 1);
  await page.frameLocator("section:visible iframe").getByText("Guten Tag Anna Berg,").waitFor();
  await page.goto(`${SHOP}/profile`);
  await heading("Your profile");

  // The address book.
  await page.getByRole("link", { name: "Addresses" }).click();
  await page.getByText("No addresses yet.").waitFor();
  const card = (city) => page.getByRole("listitem").filter({ hasText: city });
  const address = async (city, isDefault) => {
    await submit("Add an address");
    const form = page.getByRole("dialog");
    for (const [label, value] of [
      ["First name", "Anna"], ["Last name", "Berg"], ["Street", "Kirncher Str."], ["Number", "7"],
      ["ZIP code", "10247"], ["City", city], ["Country code", "DE"],
    ]) {
      await form.getByLabel(label, { exact: true }).fill(value);
    }
    await form.getByLabel("Ship here by default").setChecked(isDefault);
    await form.getByRole("button", { name: "Save the address" }).click();
    await card(city).waitFor();
  };
  await address("Berlin", false);
  await card("Berlin").getByText("Ships here").waitFor();
  await address("Hamburg", true);
  await card("Hamburg").getByText("Ships here").waitFor();
  await card("Berlin").getByText("Ships here").waitFor({ state: "hidden" });
  await look("addresses");
  await card("Berlin").getByRole("button", { name: /Change/ }).click();
  await page.getByRole("dialog").getByLabel("City").fill("B");
  await page.getByRole("dialog").getByRole("button", { name: "Save the address" }).click();
  await problemOf("City", "too short");
  await look("address-problem");
  await page.getByRole("dialog").getByLabel("City").fill("Bremen");
  await page.getByRole("dialog").getByRole("button", { name: "Save the address" }).click();
  await card("Bremen").waitFor();
  await card("Hamburg").getByRole("button", { name: /Delete/ }).click();
  await card("Hamburg").waitFor({ state: "detached" });

  // Changing the password ends the session.
  await page.getByRole("link", { name: "Password" }).click();
  await field("Current password").fill(PASSWORDS[0]);
  await field("New password").fill(PASSWORDS[1]);
  await field("Repeat new password").fill(PASSWORDS[1]);
  await look("password");
  await submit("Change the password");
  await says("Your password is changed.");
  await signIn(PASSWORDS[1]);
  await heading("Your profile");
  await submit("Sign out");
  await says("You are signed out.");

  // Reset it with the link in the mail.
  await page.goto(`${SHOP}/password/forgotten`);
  await field("E-mail").fill(email);
  await look("forgotten");
  await submit("Mail me the link");
  await says("on its way");
  await page.goto(await linkOfNewestMail("new password"));
  await heading("Set a new password");
  await field("New password").fill("short");
  await field("Repeat new password").fill("short");
  await submit("Set the password");
  await problemOf("New password", "too short");
  await field("New password").fill(PASSWORDS[2]);
  await field("Repeat new password").fill(PASSWORDS[2]);
  await look("restore");
  await submit("Set the password");
  await says("Your new password is set.");
  await signIn(PASSWORDS[2]);
  await heading("Your profile");

  // Delete the account.
  await submit("Delete my account");
  await problemOf("I am sure", "tick this first");
  await field("I am sure").check();
  await submit("Delete my account");
  await says("Your account is deleted.");
  await page.goto(`${SHOP}/sign-in`);
  await signIn(PASSWORDS[2]);
  await page.getByRole("alert").filter({ hasText: "Failed to authenticate user." }).waitFor();
}

/** Fails if axe has a serious or critical finding. */
async function accessible(page, name) {
  const isGrave = ({ impact }) => impact === "serious" || impact === "critical";
  assert.deepEqual(await violations(page, name, { iframes: false }, isGrave), []);
}
