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

/** What Swagger UI itself breaks (swagger-ui 5.32). */
const OF_SWAGGER_UI = Object.fromEntries(
  ["nested-interactive", "label", "select-name", "scrollable-region-focusable"].map((rule) => [rule, { enabled: false }]),
);
const WIDTHS = [390, 820, 1440];

/** A page of a given width, which must not complain. */
async function opened(width, check, options = {}) {
  const context = await browser.newContext({ viewport: { width, height: 900 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  const complaints = [];
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(String(error)));
  await check(page);
  assert.deepEqual(complaints, []);
  await context.close();
}

async function look(page, name, rules) {
  await accessible(page, name, rules);
  const { width } = page.viewportSize();
  const tooWide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(tooWide <= 0, `${name} is wider than ${width}`);
  if (process.env.SCREENSHOTS) await page.screenshot({ path: `${process.env.SCREENSHOTS}/${name}-${width}.png` });
}

async function register(email) {
  const attributes = {
    salutation: "Ms", firstName: "Ida", lastName: "Inbox", email,
    password: PASSWORD, confirmPassword: PASSWORD, acceptedTerms: true,
  };
  const body = JSON.stringify({ data: { type: "customers", attributes } });
  assert.equal((await fetch(`${BASE}/customers`, { method: "POST", body })).status, 201);
}

/** Waits until a mail to an address is there. */
async function mailTo(email) {
  for (;;) {
    const mails = await (await fetch(`${BASE}/_local/mail`)).json();
    const mail = mails.find(({ to }) => to === email);
    if (mail) return mail;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const row = (page, email) => page.locator("#mails button").filter({ hasText: email }).first();

for (const width of WIDTHS) {
  test(`the API explorer works on the second click, ${width} wide`, { timeout: 120_000 }, () => opened(width, async (page) => {
    const emails = [];
    page.on("request", (request) => {
      const email = /customer-\w+@example\.com/.exec(request.postData() ?? "");
      if (email) emails.push(email[0]);
    });
    const executed = async (id, status) => {
      const operation = page.locator(`#operations-${id}`);
      await operation.locator(".opblock-summary-control").click();
      for (let click = 0; click < 2; click += 1) {
        const answer = page.waitForResponse((response) => response.url().startsWith(BASE) && !response.url().includes("/_local/"));
        await operation.getByRole("button", { name: "Execute" }).click();
        assert.equal((await answer).status(), click === 0 || id !== "customers-createCustomer" ? status : 422, id);
      }
      await operation.locator(".opblock-summary-control").click();
    };
    await page.goto(`${BASE}/_local/docs/`);
    await page.getByRole("heading", { name: "Customer accounts" }).waitFor();
    await look(page, "explorer", OF_SWAGGER_UI);
    // The browser logs the refusal of the e-mail that the first click has registered.
    page.removeAllListeners("console");
    await executed("customers-createCustomer", 201);
    await executed("tokens-createAccessToken", 201);

    // Now it knows who is signed in.
    await page.locator("#operations-addresses-createAddress .opblock-summary-control").click();
    const reference = page.locator("#operations-addresses-createAddress").getByPlaceholder("customerReference");
    assert.match(await reference.inputValue(), /^DE--/);
    const token = await page.evaluate(async (email) => {
      const attributes = { username: email, password: "change123" };
      const body = JSON.stringify({ data: { type: "access-tokens", attributes } });
      const answer = await fetch("/access-tokens", { method: "POST", body });
      return (await answer.json()).data.attributes.accessToken;
    }, emails.at(-1));
    await page.getByRole("button", { name: "Authorize" }).first().click();
    await page.locator("#auth-bearer-value").fill(token);
    await page.locator(".auth-container").first().locator("button.authorize").click();
    await page.locator(".btn-done").first().click();
    await page.locator("#operations-addresses-createAddress .opblock-summary-control").click();
    await executed("addresses-createAddress", 201);
    await executed("addresses-listAddresses", 200);
    await executed("addresses-getAddress", 200);
    await executed("customers-updateCustomer", 200);
    await look(page, "explorer-answers", OF_SWAGGER_UI);
    await page.getByRole("link", { name: "All pages" }).click();
    await page.waitForURL(`${BASE}/`);
  }));

  test(`the page at the root leads to all others, and they lead back, ${width} wide`, { timeout: 60_000 }, () => opened(width, async (page) => {
    for (const [link, path, back] of [
      ["Sample shop", "/_local/shop/", false],
      ["Inbox", "/_local/", true],
      ["Help desk", "/_local/desk/", true],
      ["API explorer", "/_local/docs/", true],
      ["Mails", "/_local/mails", false],
    ]) {
      await page.goto(`${BASE}/`);
      await page.getByRole("heading", { name: "What to try" }).waitFor();
      await page.getByRole("main").getByRole("link", { name: link, exact: true }).click();
      await page.waitForURL(`${BASE}${path}`);
      if (!back) continue;
      await page.getByRole("link", { name: "All pages" }).click();
      await page.waitForURL(`${BASE}/`);
    }
    await look(page, "start");
  }));

  test(`every view of the inbox, ${width} wide`, { timeout: 60_000 }, () => opened(width, async (page) => {
    const email = `views-${width}@example.com`;
    await register(email);
    const { id, html } = await mailTo(email);
    await page.goto(`${BASE}/_local/`);
    await row(page, email).waitFor();
    assert.match(await row(page, email).getAttribute("class"), /unread/);
    await look(page, "inbox-list");
    await row(page, email).click();
    await page.frameLocator("#html").getByRole("link").first().waitFor();
    assert.equal(await page.evaluate(() => document.activeElement.id), "subject");
    assert.equal(new URL(page.url()).hash, `#${id}`);
    await look(page, "inbox-html");
    await page.getByRole("button", { name: "Phone" }).click();
    const frame = await page.locator("#html").boundingBox();
    assert.ok(frame.width <= 390, `${frame.width}`);
    const isDark = () => page.frameLocator("#html").locator("html").evaluate(() => matchMedia("(prefers-color-scheme: dark)").matches);
    assert.equal(await isDark(), false);
    await page.getByRole("button", { name: "Dark" }).click();
    await page.waitForFunction(() => getComputedStyle(document.getElementById("html")).colorScheme === "dark");
    await look(page, "inbox-phone");
    for (const [view, shows] of [
      ["Text", "token="], ["Links", "This page is there."], ["Headers", "X-Mail-Kind"], ["Source", "X-Mail-Kind: confirmation"],
    ]) {
      await page.getByRole("button", { name: view, exact: true }).click();
      await page.locator("article").getByText(shows).first().waitFor();
      await look(page, `inbox-${view}`);
    }
    assert.ok(html.includes("token="));
    // The key is as good as before.
    const token = new URL(await page.getByRole("link", { name: "Follow the link" }).getAttribute("href")).searchParams.get("token");
    const body = JSON.stringify({ data: { type: "customer-confirmation", attributes: { registrationKey: token } } });
    assert.equal((await fetch(`${BASE}/customer-confirmation`, { method: "POST", body })).status, 204);

    await page.reload();
    await page.locator("#subject").filter({ hasText: "confirm" }).waitFor();
    await page.getByRole("button", { name: "Delete", exact: true }).click();
    await page.getByRole("heading", { name: "Delete this mail?" }).waitFor();
    await look(page, "inbox-confirm");
    await page.getByRole("button", { name: "Keep" }).click();
    assert.equal((await fetch(`${BASE}/_local/mail/${id}`)).status, 200);
    await page.getByRole("button", { name: "Delete", exact: true }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
    await row(page, email).waitFor({ state: "detached" });
    assert.equal((await fetch(`${BASE}/_local/mail/${id}`)).status, 404);
  }));

  test(`the inbox without a mail and without a hit, ${width} wide`, { timeout: 60_000 }, () => opened(width, async (page) => {
    const email = `hits-${width}@example.com`;
    await register(email);
    await mailTo(email);
    await page.goto(`${BASE}/_local/`);
    await page.getByLabel("Search").fill(`CONFIRM hits-${width}`);
    await page.waitForFunction(() => document.querySelectorAll("#mails button").length === 1);
    await page.getByLabel("Search").fill("confirm nothing-has-this");
    await page.getByText("No mail matches.").waitFor();
    await look(page, "inbox-no-hit");
    await page.getByRole("button", { name: "Show all mails" }).click();
    await page.getByLabel("To", { exact: true }).selectOption(email);
    await page.waitForFunction(() => document.querySelectorAll("#mails button").length === 1);
    await page.getByLabel("Kind").selectOption("confirmation");
    await row(page, email).waitFor();

    // Other tests need the mails that are there.
    let left = await (await fetch(`${BASE}/_local/mail`)).json();
    await page.route("**/_local/mail", (route) => {
      if (route.request().method() === "DELETE") left = [];
      return route.request().method() === "DELETE"
        ? route.fulfill({ status: 204 })
        : route.fulfill({ json: left, headers: { ETag: `"${left.length}"` } });
    });
    await page.getByRole("button", { name: "Delete all" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
    await page.getByText("There are no mails yet.").waitFor();
    await page.getByText("0 mails").waitFor();
    await look(page, "inbox-empty");
  }));
}

test("the inbox by keyboard, and new mails by themselves", { timeout: 60_000 }, async () => {
  for (const width of [390, 1440]) {
    await opened(width, async (page) => {
      const emails = ["one", "two"].map((name) => `${name}-${width}@example.com`);
      await page.goto(`${BASE}/_local/`);
      for (const email of emails) {
        await register(email);
        await row(page, email).waitFor();
      }
      await page.keyboard.press("/");
      await page.keyboard.type(`-${width}@example.com confirm`);
      await page.waitForFunction(() => document.activeElement.id === "search");
      await page.evaluate(() => document.activeElement.blur());
      const isOpen = (email) => page.locator("#to").filter({ hasText: email }).waitFor();
      const [older, newer] = emails;
      await page.keyboard.press("j");
      await isOpen(newer);
      await page.keyboard.press("j");
      await isOpen(older);
      await page.keyboard.press("k");
      await isOpen(newer);
      await page.keyboard.press("Escape");
      await page.locator("#mail").waitFor({ state: "hidden" });
      await page.waitForFunction((email) => document.activeElement.textContent.includes(email), newer);
      await page.keyboard.press("ArrowDown");
      await isOpen(older);
      await page.goBack();
      await page.locator("#mails").waitFor();
    });
  }
});

test("a mail can run, load and send nothing", { timeout: 60_000 }, async () => {
  const email = "hostile@example.com";
  await register(email);
  const { id } = await mailTo(email);
  const html = `<base href="http://evil.example/" target="_top"><meta http-equiv="refresh" content="0;url=http://evil.example/">
    <style>@import "http://evil.example/style.css"; body { background: url(http://evil.example/image) }</style>
    <script>parent.document.title = document.title = "hostile"; fetch("/_local/mail", { method: "DELETE" })</script>
    <img src="http://evil.example/image" onerror="parent.document.title = 'hostile'"><iframe src="/_local/shop/"></iframe>
    <form action="/_local/mail" method="post"><button>Send</button></form><p>Here</p>
    <a href="javascript:parent.document.title = 'hostile'">Script</a>${"<p>Much</p>".repeat(20_000)}`;
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  const foreign = [];
  page.on("request", (request) => {
    // Chromium tells of requests that the policy then blocks.
    request.response().then((response) => response && !request.url().startsWith(BASE) && foreign.push(request.url()), () => {});
  });
  await page.route(`**/_local/mail/${id}`, async (route) => {
    const mail = await (await route.fetch()).json();
    await route.fulfill({ json: { ...mail, html, subject: "<img src=x onerror=alert(1)>" } });
  });
  await page.goto(`${BASE}/_local/#${id}`);
  const mail = page.frameLocator("#html");
  await mail.getByText("Here").waitFor();
  await mail.getByRole("button", { name: "Send" }).click();
  await page.getByText("<img src=x onerror=alert(1)>").first().waitFor();
  await page.getByRole("button", { name: "Links" }).click();
  await page.locator("#links code").filter({ hasText: "javascript:" }).waitFor();
  assert.match(await page.title(), /Inbox: dev server$/);
  assert.equal(page.url(), `${BASE}/_local/#${id}`);
  assert.deepEqual(foreign, []);
  assert.ok((await (await fetch(`${BASE}/_local/mail`)).json()).length > 0);
  await context.close();
});

test("a customer's mail leads to the shop, and every mail is among the previews", { timeout: 60_000 }, async () => {
  const email = "ida@example.com";
  await register(email);
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  await page.goto(`${BASE}/_local/`);
  await row(page, email).click();
  const opened = context.waitForEvent("page");
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
async function accessible(page, name, rules = {}) {
  const isGrave = ({ impact }) => impact === "serious" || impact === "critical";
  assert.deepEqual(await violations(page, name, { iframes: false, rules }, isGrave), []);
}
