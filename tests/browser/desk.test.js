// The help desk's page as support uses it: on a phone, a tablet and a desktop, in English and German, with the keys
// alone, and with customers and tickets that try to be more than text.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { launch, violations } from "./chromium.js";

const BASE = process.env.BASE_URL;
const DESK = `${BASE}/_local/desk/`;
// Read as the browser does, as a module.
const source = readFileSync(new URL("../../desk/src/page/words.js", import.meta.url), "utf8");
const { WORDS } = await import(`data:text/javascript,${encodeURIComponent(source)}`);
const PASSWORD = "Change-me-1!";
const MARKUP = "<img src=x onerror=alert(1)>";

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

/** Registers a customer and signs them in once. */
async function register(email, firstName = "Sonia", lastName = "Wagner") {
  const attributes = {
    salutation: "Ms", gender: "Female", firstName, lastName, email,
    password: PASSWORD, confirmPassword: PASSWORD, acceptedTerms: true,
  };
  const post = (path, type, attributes) =>
    fetch(`${BASE}${path}`, { method: "POST", body: JSON.stringify({ data: { type, attributes } }) });
  const answer = await post("/customers", "customers", attributes);
  assert.equal(answer.status, 201);
  assert.equal((await post("/access-tokens", "access-tokens", { username: email, password: PASSWORD })).status, 201);
  return (await answer.json()).data.id;
}

/** The page, and the complaints of its console. */
async function desk(options) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  const complaints = [];
  page.on("console", (message) => {
    // The browser logs every 4xx answer, and some are expected here.
    const isRefusal = /the server responded with a status of 4\d\d/.test(message.text());
    const isAsked = isRefusal && new URL(message.location().url).pathname.includes("/desk/api/");
    if (message.type() === "error" && !isAsked) complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("dialog", (dialog) => {
    complaints.push(`a script ran: ${dialog.message()}`);
    dialog.dismiss();
  });
  await page.goto(DESK);
  return { context, page, complaints };
}

/** Enters a ticket and searches, with the keys alone. */
async function find(page, text, ticket = "T-4711") {
  await page.keyboard.type(ticket);
  await page.keyboard.press("Enter");
  await page.keyboard.type(text);
  await page.locator(".hit").first().waitFor();
}

const focused = (page) => page.evaluate(() => document.activeElement.id || document.activeElement.className);
const says = (page, text) => page.locator("#message").filter({ hasText: text }).waitFor();
const complains = (page, text) => page.locator("#problem").filter({ hasText: text }).waitFor();

for (const [language, locale] of [["en", "en-GB"], ["de", "de-DE"]]) {
  for (const [width, height] of [[390, 844], [800, 1000], [1280, 900]]) {
    test(`every view in ${locale} at ${width} pixels`, { timeout: 120_000 }, async () => {
      const words = WORDS[language];
      const email = `view.${width}.${language}@example.com`;
      const reference = await register(email);
      const { context, page, complaints } = await desk({
        viewport: { width, height }, locale, colorScheme: language === "de" ? "dark" : "light",
      });
      const look = (name) => looks(page, `desk-${name}-${width}-${language}`);
      assert.equal(await page.evaluate(() => document.documentElement.lang), language);
      await page.getByRole("heading", { level: 1, name: words.title }).waitFor();
      await look("start");
      await page.locator("#text").fill(`view.${width}.${language}@`);
      await complains(page, words.reasonFirst);
      await page.locator("#reason").fill("anna@example.com");
      await page.locator("#text").press("Enter");
      await complains(page, words.reasonWrong);
      await look("no-reason");
      await page.locator("#reason").fill("T-4711");
      await page.locator("#text").press("Enter");
      await page.locator(".hit").filter({ hasText: email }).waitFor();
      await look("list");
      await page.locator(".hit").click();
      await page.getByRole("heading", { level: 2, name: "Sonia Wagner" }).waitFor();
      await page.getByText(words.badges.unconfirmed, { exact: true }).waitFor();
      await page.locator(".sessions .device").waitFor();
      await look("card");

      await page.locator("#act-send-reset").click();
      await says(page, words.actions["send-reset"].done);
      await page.locator(".timeline").getByText(words.trail["send-reset"]("dev")).waitFor();
      await look("acted");
      await page.locator("#act-change-email").click();
      await page.locator("#sure-input").fill("not an address");
      await page.locator("#sure-yes").click();
      await page.locator("#sure-problem").filter({ hasText: words.problems.email }).waitFor();
      await look("change-email");
      await page.locator("#sure-no").click();
      await page.locator("#act-secure").click();
      await page.locator("#sure").getByText(reference).waitFor();
      await look("secure");
      await page.locator("#sure-yes").click();
      await page.getByText(words.badges.noPassword, { exact: true }).waitFor();
      await page.getByText(words.noSessions).waitFor();
      await page.locator("#act-confirm").click();
      await look("confirm");
      await page.locator("#sure-yes").click();
      await says(page, words.actions.confirm.done);
      await page.getByText(words.badges.confirmed, { exact: true }).waitFor();
      await page.locator("#act-anonymise").click();
      await page.locator("#sure-input").fill("DE--0000000000");
      await page.locator("#sure-yes").click();
      await page.locator("#sure-problem").filter({ hasText: words.actions.anonymise.mismatch }).waitFor();
      await look("anonymise");
      await page.locator("#sure-input").fill(reference);
      await page.locator("#sure-yes").click();
      await page.getByRole("heading", { level: 2, name: words.anonymised }).waitFor();
      await says(page, words.actions.anonymise.done);
      assert.equal((await page.locator("body").innerText()).includes(email), false);
      assert.equal(await page.locator(".help").isVisible(), false);
      await look("anonymised");
      assert.deepEqual(complaints, []);
      await context.close();
    });
  }
}

test("the keys are enough", { timeout: 60_000 }, async () => {
  for (const name of ["a", "b"]) await register(`keys.${name}@example.com`);
  const { context, page, complaints } = await desk({ viewport: { width: 1280, height: 900 }, locale: "en-GB" });
  assert.equal(await focused(page), "reason");
  await find(page, "keys.");
  await page.locator(".hit").nth(1).waitFor();
  assert.equal(await focused(page), "text");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("ArrowDown");
  const email = await page.evaluate(() => document.activeElement.querySelector(".email").textContent);
  const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
  assert.equal(outline, "solid");
  await page.keyboard.press("Enter");
  await page.locator(".head .email").filter({ hasText: email }).waitFor();
  await page.waitForFunction(() => document.activeElement.id === "card");

  // Through the card by Tab, into a dialog and out of it again.
  while ((await focused(page)) !== "act-secure") await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  assert.equal(await focused(page), "sure-no");
  await page.keyboard.press("Escape");
  assert.equal(await focused(page), "act-secure");
  assert.equal(await page.locator("#card").isVisible(), true);

  await page.keyboard.press("Escape");
  assert.equal(await page.locator("#card").isVisible(), false);
  assert.equal(await page.evaluate(() => document.activeElement.querySelector(".email").textContent), email);
  await page.keyboard.press("/");
  assert.equal(await focused(page), "text");
  await page.keyboard.press("Escape");
  assert.equal(await page.locator("#text").inputValue(), "");
  assert.equal(await page.locator(".hit").count(), 0);

  // A name, and a reference.
  await page.keyboard.type("Wagner");
  assert.equal(await page.getByLabel("Name", { exact: true }).isChecked(), true);
  await page.locator(".hit").first().waitFor();
  const reference = await page.locator(".hit").first().getAttribute("data-reference");
  await page.locator("#text").fill(reference);
  await page.locator("#text").press("Enter");
  await page.locator(".reference").filter({ hasText: reference }).waitFor();

  // The browser's own buttons, and a reload, which keeps the ticket.
  await page.reload();
  await page.locator(".reference").filter({ hasText: reference }).waitFor();
  await page.goBack();
  await page.locator("#nobody").waitFor();
  await page.locator("#text").fill("DE--0000000000");
  await page.locator("#text").press("Enter");
  await complains(page, WORDS.en.problems.unknown);
  assert.deepEqual(complaints, []);
  await context.close();
});

test("a choice of language lasts, and changes everything", { timeout: 60_000 }, async () => {
  await register("language@example.com");
  const { context, page, complaints } = await desk({ viewport: { width: 1280, height: 900 }, locale: "fr-FR" });
  await find(page, "language@");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: WORDS.en.history }).waitFor();
  await page.getByRole("button", { name: "Deutsch" }).click();
  await page.getByRole("heading", { name: WORDS.de.history }).waitFor();
  await page.getByRole("heading", { name: WORDS.de.hits, exact: true }).waitFor();
  await page.reload();
  await page.getByRole("heading", { name: WORDS.de.history }).waitFor();
  const missing = (one, other, path = "") =>
    Object.entries(one).flatMap(([name, value]) => {
      if (!(name in other)) return [`${path}${name}`];
      return value && typeof value === "object" ? missing(value, other[name], `${path}${name}.`) : [];
    });
  assert.deepEqual(missing(WORDS.en, WORDS.de), []);
  assert.deepEqual(complaints, []);
  await context.close();
});

test("names and tickets are only ever text", { timeout: 60_000 }, async () => {
  const reference = await register("markup@example.com", MARKUP, "<b>Bold</b>");
  const { context, page, complaints } = await desk({ viewport: { width: 1280, height: 900 }, locale: "en-GB" });
  await find(page, "markup@", "<script>alert(2)</script>");
  await page.locator(".hit .name").filter({ hasText: `${MARKUP} <b>Bold</b>` }).waitFor();
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { level: 2, name: `${MARKUP} <b>Bold</b>` }).waitFor();
  await page.locator("#act-sign-out").click();
  await says(page, WORDS.en.actions["sign-out"].done);
  await page.locator(".timeline").getByText("<script>alert(2)</script>").first().waitFor();
  await page.locator("#act-anonymise").click();
  await page.locator("#sure .who").filter({ hasText: `${MARKUP} <b>Bold</b>, ${reference}` }).waitFor();
  assert.equal(await page.locator("main img, main b, main script, dialog img").count(), 0);
  await looks(page, "desk-markup");
  assert.deepEqual(complaints, []);
  await context.close();
});

/** Opens a customer by the reference, and another, so that Back leads to the first one. */
async function openBoth(page, ...references) {
  await page.locator("#reason").fill("T-4711");
  for (const reference of references) {
    await page.evaluate((hash) => { location.hash = hash; }, encodeURIComponent(reference));
    await page.locator(".reference").filter({ hasText: reference }).waitFor();
  }
}

/** The actions that the page has sent. */
function sent(page) {
  const paths = [];
  page.on("request", (request) => {
    const { pathname } = new URL(request.url());
    if (request.method() === "POST" && pathname.includes("/desk/api/")) paths.push(pathname.split("/customers/")[1]);
  });
  return paths;
}

/** Holds the answers to a path back until the returned function is called. */
async function hold(page, pattern) {
  let release;
  const released = new Promise((resolve) => { release = resolve; });
  await page.route(pattern, async (route) => {
    await released;
    await route.continue();
  });
  return release;
}

test("an action is for the customer that its dialog names, whoever is loading", { timeout: 60_000 }, async () => {
  const [first, second] = [
    await register("race.a@example.com", "Anna", "First"), await register("race.b@example.com", "Berta", "Second"),
  ];
  const { context, page, complaints } = await desk({ viewport: { width: 1280, height: 900 }, locale: "en-GB" });
  const paths = sent(page);
  await openBoth(page, first);
  const release = await hold(page, `**/api/customers/${second}`);
  await page.evaluate((hash) => { location.hash = hash; }, second);
  assert.equal(await page.locator("#card").evaluate((card) => card.inert), true);
  // Nobody can do this by hand any more.
  await page.evaluate(() => document.getElementById("act-sign-out").click());
  await page.evaluate(() => document.getElementById("act-anonymise").click());
  release();
  await page.locator(".reference").filter({ hasText: second }).waitFor();
  await page.locator("#sure .who").filter({ hasText: first }).waitFor();
  await page.locator("#sure-input").fill(second);
  await page.locator("#sure-yes").click();
  await page.locator("#sure-problem").filter({ hasText: WORDS.en.actions.anonymise.mismatch }).waitFor();
  await page.locator("#sure-input").fill(first);
  await page.locator("#sure-yes").click();
  await says(page, WORDS.en.about(first, WORDS.en.actions.anonymise.done));
  assert.deepEqual(paths, [`${first}/sign-out`, `${first}/anonymise`]);
  await page.getByRole("heading", { level: 2, name: "Berta Second" }).waitFor();

  // What was done for one is not said of another.
  const answer = await hold(page, `**/${second}/sign-out`);
  await page.locator("#act-sign-out").click();
  await page.goBack();
  await page.getByRole("heading", { level: 2, name: WORDS.en.anonymised }).waitFor();
  answer();
  await says(page, WORDS.en.about(second, WORDS.en.actions["sign-out"].done));
  assert.deepEqual(complaints, []);
  await context.close();
});

test("the browser's back button closes a dialog", { timeout: 60_000 }, async () => {
  const [first, second] = [await register("back.a@example.com"), await register("back.b@example.com")];
  const { context, page, complaints } = await desk({ viewport: { width: 1280, height: 900 }, locale: "en-GB" });
  const paths = sent(page);
  await openBoth(page, first, second);
  await page.locator("#act-secure").click();
  await page.locator("#sure .who").filter({ hasText: second }).waitFor();
  await page.goBack();
  await page.locator(".reference").filter({ hasText: first }).waitFor();
  assert.equal(await page.locator("#sure").isVisible(), false);
  assert.deepEqual(paths, []);
  assert.deepEqual(complaints, []);
  await context.close();
});

test("what was done stays said, and what may have been is told from it", { timeout: 60_000 }, async () => {
  const reference = await register("unclear@example.com");
  const { problems, actions, notReloaded } = WORDS.en;
  const { context, page } = await desk({ viewport: { width: 1280, height: 900 }, locale: "en-GB" });
  await openBoth(page, reference);
  const errors = [{ status: 503, detail: "Please try again." }];
  for (const [answer, text] of [
    [{ status: 502, body: "<html>Bad Gateway</html>" }, `${problems.other(502)} ${problems.unclear}`],
    [{ status: 503, body: JSON.stringify({ errors }) }, `${problems.other(503)} ${problems.unclear}`],
    [{ status: 504, body: "" }, `${problems.other(504)} ${problems.unclear}`],
    [{ status: 200, body: "<html>Welcome</html>" }, `${problems.notDesk} ${problems.unclear}`],
    [{ status: 200, body: "" }, `${problems.notDesk} ${problems.unclear}`],
    [{ status: 302, body: "" }, `${problems.notDesk} ${problems.unclear}`],
    [null, `${problems.offline} ${problems.unclear}`],
  ]) {
    await page.route("**/sign-out", (route) => (answer ? route.fulfill(answer) : route.abort()));
    await page.locator("#act-sign-out").click();
    await complains(page, text);
    assert.equal(await page.locator("#message").textContent(), "");
    await page.unroute("**/sign-out");
  }
  for (const ordered of [false, true]) {
    const { done, held } = actions["send-confirmation"];
    const body = JSON.stringify({ meta: { ordered } });
    await page.route("**/send-confirmation", (route) => route.fulfill({ status: 202, body }));
    await page.locator("#act-send-confirmation").click();
    await (ordered ? says(page, done) : complains(page, held));
    await page.unroute("**/send-confirmation");
  }
  await page.route(`**/api/customers/${reference}`, (route) => route.fulfill({ status: 200, body: "" }));
  await page.locator("#act-sign-out").click();
  await says(page, actions["sign-out"].done);
  await complains(page, `${notReloaded} ${problems.notDesk}`);
  await context.close();
});

/** A customer whom the API describes with some differences. */
async function described(page, reference, change) {
  await page.route(`**/api/customers/${reference}`, async (route) => {
    const response = await route.fetch();
    const json = await response.json();
    change(json);
    await route.fulfill({ response, json });
  });
}

for (const [language, locale] of [["en", "en-GB"], ["de", "de-DE"]]) {
  test(`mail that does not arrive is said before another is ordered, in ${locale}`, { timeout: 60_000 }, async () => {
    const words = WORDS[language];
    const reference = await register(`bounced.${language}@example.com`);
    for (const [width, height] of [[390, 844], [1280, 900]]) {
      const { context, page, complaints } = await desk({ viewport: { width, height }, locale });
      const at = (day) => `2026-11-${day} 09:41:02.000000`;
      const mail = (day, state, detail = null) => ({ kind: "password-reset", state, at: at(day), detail });
      let mails = [];
      let trail = [];
      await described(page, reference, ({ meta }) => {
        Object.assign(meta, { mails, trail, confirmedAt: null, takeBackUntil: at(30) });
      });
      const isOff = async () => {
        await page.locator(".badges").getByText(words.badges.unreachable, { exact: true }).waitFor({ state: "hidden" });
      };
      await openBoth(page, reference);
      await isOff();
      mails = [
        { kind: "confirmation", state: "waiting", at: null, detail: null }, mail(21, "sent"),
        mail(20, "bounced", "Permanent/OnAccountSuppressionList"), mail(19, "delivered"),
      ];
      await page.reload();
      await page.locator(".badges").getByText(words.badges.unreachable, { exact: true }).waitFor();
      await page.locator(".timeline .bad").filter({ hasText: "(Permanent/OnAccountSuppressionList)" }).waitFor();
      await page.locator("pre").getByText("--email-address ADDRESS").waitFor();
      await page.locator("#what-send-reset").filter({ hasText: words.unreachable }).waitFor();
      await looks(page, `desk-unreachable-${width}-${language}`);
      await page.locator("#act-secure").click();
      await page.locator("#sure-text").filter({ hasText: `bounced.${language}@example.com` }).waitFor();
      for (const warning of [words.unreachable, words.empties]) {
        await page.locator("#sure-warnings").getByText(warning).waitFor();
      }
      assert.equal(await page.locator("#sure-warnings li").count(), 3);
      await looks(page, `desk-warned-${width}-${language}`);
      for (const [newest, entries] of [
        [mail(22, "delivered"), []],
        [mail(22, "bounced", "Transient/MailboxFull 4.2.2"), []],
        [mail(20, "sent"), [{ at: at(23), who: "arn/dev", action: "change-email", reason: "T-1", sourceAddress: "" }]],
      ]) {
        mails = [newest, mail(20, "bounced", "Permanent/General 5.1.1")];
        trail = entries;
        await page.reload();
        await page.locator(".timeline .mail").first().waitFor();
        await isOff();
      }
      assert.deepEqual(complaints, []);
      await context.close();
    }
  });
}

test("text that turns its direction around turns nothing else around", { timeout: 60_000 }, async () => {
  const reference = await register("turned@example.com", "Sonia \u202E<moc.live@eve>", "W");
  const { context, page, complaints } = await desk({ viewport: { width: 390, height: 844 }, locale: "en-GB" });
  await find(page, "turned@");
  const inBdi = (selector) =>
    page.locator(selector).first().evaluate((part) => part.querySelector("bdi")?.textContent.includes("\u202E"));
  assert.equal(await inBdi(".hit .name"), true);
  assert.equal(await page.locator(".hit").evaluate((hit) => getComputedStyle(hit).overflow), "hidden");
  await page.locator(".hit").click();
  await page.locator("#act-anonymise").click();
  assert.equal(await inBdi("#name"), true);
  assert.equal(await inBdi("#sure .who"), true);
  const [customer] = await page.locator("#sure .who span").allTextContents();
  assert.ok(customer.endsWith(reference));
  await looks(page, "desk-turned");
  assert.deepEqual(complaints, []);
  await context.close();
});

test("a link waits for the ticket, which can be changed on a phone", { timeout: 60_000 }, async () => {
  const reference = await register("linked@example.com");
  const { context, page, complaints } = await desk({ viewport: { width: 390, height: 844 }, locale: "en-GB" });
  await page.goto(`${DESK}#${reference}`);
  await page.reload();
  await complains(page, WORDS.en.reasonFirst);
  assert.equal(await focused(page), "reason");
  await page.keyboard.type("T-1");
  await page.keyboard.press("Enter");
  await page.locator(".reference").filter({ hasText: reference }).waitFor();
  assert.equal(await page.locator("#reason").isVisible(), false);
  await page.locator("#change-ticket").click();
  assert.equal(await focused(page), "reason");
  await page.keyboard.type("anna@example.com");
  await page.keyboard.press("Enter");
  await complains(page, WORDS.en.reasonWrong);
  assert.equal(await page.locator("#reason").isVisible(), true);
  await looks(page, "desk-ticket");
  await page.locator("#act-sign-out").click();
  await complains(page, WORDS.en.reasonWrong);
  assert.equal(await focused(page), "reason");
  await page.keyboard.type("T-2");
  await page.keyboard.press("Enter");
  assert.equal(await focused(page), "change-ticket");
  await page.locator(".because").filter({ hasText: "T-2" }).waitFor();
  await page.locator("#act-sign-out").click();
  await page.locator(".timeline").getByText("T-2").first().waitFor();
  // An address that nobody has written right.
  await page.goto(`${DESK}#%`);
  await complains(page, WORDS.en.problems.unknown);
  assert.deepEqual(complaints, []);
  await context.close();
});

test("a search takes names in any script, and what may be a reference", { timeout: 60_000 }, async () => {
  const { context, page, complaints } = await desk({ viewport: { width: 1280, height: 900 }, locale: "en-GB" });
  await page.route("**/desk/api/customers?*", (route) => {
    const data = [{
      type: "customers", id: "DE--1",
      attributes: { email: "a@example.com", firstName: "A", lastName: null, createdAt: "2026-11-23 22:34:13.000000" },
    }];
    route.fulfill({ status: 200, body: JSON.stringify({ data, meta: { more: false, incomplete: false } }) });
  });
  await page.locator("#reason").fill("T-4711");
  const searches = [];
  page.on("request", (request) => {
    const [filter] = new URL(request.url()).searchParams;
    if (filter) searches.push(filter.join("="));
  });
  const type = (text) => page.locator("#text").fill(text);
  await type("李");
  await page.locator(".hit").waitFor();
  await type("wagner");
  await page.getByRole("button", { name: WORDS.en.tryName("wagner") }).click();
  await page.waitForFunction(() => document.querySelector("[name=by]:checked").value === "name");
  await type("");
  for (const reference of ["DE_AT--6", "auth0|5f1", "user_2b9", "7de3041d-d709-b024"]) {
    await type(reference);
    await page.getByRole("button", { name: WORDS.en.openReference(reference) }).waitFor();
  }
  await type("wag");
  assert.equal(await page.getByRole("button", { name: WORDS.en.openReference("wag") }).count(), 0);
  await page.locator(".hit").waitFor();
  assert.deepEqual(searches.slice(0, 3), ["filter[name]=李", "filter[prefix]=wagner", "filter[name]=wagner"]);
  assert.deepEqual(complaints, []);
  await context.close();
});

test("an account that cannot be reached is said in words", { timeout: 60_000 }, async () => {
  const { context, page } = await desk({ viewport: { width: 800, height: 900 }, locale: "en-GB" });
  await page.keyboard.type("T-4711");
  for (const [status, errors, text] of [
    [401, [{ status: 401, code: "001", detail: "Invalid access token." }], WORDS.en.problems.forbidden],
    [404, [{ status: 404, detail: "Not Found" }], WORDS.en.problems.unsigned],
    [429, [{ status: 429, detail: "Too many requests." }], WORDS.en.problems.busy],
    [503, [{ status: 503, detail: "Please try again." }], WORDS.en.problems.unavailable],
    [502, [{ status: 502, code: "unreachable", detail: "no connection to" }], WORDS.en.problems.unreachable],
    [500, [], WORDS.en.problems.other(500)],
  ]) {
    await page.route("**/desk/api/**", (route) => route.fulfill({ status, body: JSON.stringify({ errors }) }));
    await page.locator("#text").fill(`status.${status}`);
    await page.locator("#text").press("Enter");
    await complains(page, text);
    await page.unroute("**/desk/api/**");
  }
  await page.route("**/desk/api/**", (route) => route.abort());
  await page.locator("#text").press("Enter");
  await complains(page, WORDS.en.problems.offline);
  await looks(page, "desk-offline");
  await context.close();
});

/** The newest mail of a kind to an address. */
async function mailTo(address, kind) {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const mails = await (await fetch(`${BASE}/_local/mail`)).json();
    const mail = mails.filter((one) => one.kind === kind && one.to.includes(address)).at(-1);
    if (mail) return mail;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`no ${kind} to ${address}`);
}

test("a customer whose mails come back gets into the account again", { timeout: 120_000 }, async () => {
  const words = WORDS.en;
  const [old, email] = ["bounce+story@simulator.amazonses.com", "sonia.story@example.com"];
  const reference = await register(old, "Sonia", "Storytelling");
  const { context, page, complaints } = await desk({ viewport: { width: 1280, height: 900 }, locale: "en-GB" });
  const customer = await context.newPage();
  const [field, submit] = [
    (label) => customer.getByLabel(label, { exact: true }), (name) => customer.getByRole("button", { name }).click(),
  ];
  await customer.goto(`${BASE}/_local/shop/password/forgotten`);
  await field("E-mail").fill(old);
  await submit("Mail me the link");
  await customer.getByText("on its way").waitFor();
  await mailTo(old, "password-reset");

  // "No mail came." Three letters of the name find her, and the mail says why.
  await find(page, "Sto", "T-100");
  await page.locator(".hit").filter({ hasText: "Sonia Storytelling" }).click();
  await page.getByRole("heading", { level: 2, name: "Sonia Storytelling" }).waitFor();
  const bounce = page.locator(".timeline .bad").filter({ hasText: "Permanent/General 5.1.1" });
  await bounce.first().waitFor();
  await looks(page, "desk-story-bounced");

  // She has another address by now, and is not sure who reads the old one.
  await page.locator("#act-secure").click();
  await page.locator("#sure-yes").click();
  await says(page, words.actions.secure.done);
  await page.locator("#act-change-email").click();
  await page.locator("#sure-input").fill(email);
  await page.locator("#sure-yes").click();
  await says(page, words.actions["change-email"].done);
  await page.locator(".head .email").filter({ hasText: email }).waitFor();

  // She confirms it, chooses a password, and signs in.
  await customer.goto((await mailTo(email, "confirmation")).text.match(/https?:\S+/)[0]);
  await submit("Confirm the address");
  await customer.getByText("is confirmed").waitFor();
  await customer.goto(`${BASE}/_local/shop/password/forgotten`);
  await field("E-mail").fill(email);
  await submit("Mail me the link");
  await customer.goto((await mailTo(email, "password-reset")).text.match(/https?:\S+/)[0]);
  await field("New password").fill("Another-1!");
  await field("Repeat the password").fill("Another-1!");
  await submit("Set the password");
  await customer.getByText("Your new password is set.").waitFor();
  await field("E-mail").fill(email);
  await field("Password").fill("Another-1!");
  await submit("Sign in");
  await customer.getByRole("heading", { name: "Hello, Sonia Storytelling" }).waitFor();

  // The trail tells it to support, the events to other systems, and the export to her: when and what, and not who.
  await page.reload();
  await page.locator(".timeline").getByText(words.trail["change-email"]("dev")).waitFor();
  await page.locator(".timeline").getByText(words.trail.secure("dev")).waitFor();
  await page.getByText(words.badges.confirmed, { exact: true }).waitFor();
  await looks(page, "desk-story-told");
  const events = await (await fetch(`${BASE}/_local/events`)).json();
  const told = events.filter(({ detail }) => detail.resource === `customers/${reference}`);
  // Those of one moment are in no order.
  assert.deepEqual([...new Set(told.map((event) => event["detail-type"]))].sort(), [
    "CustomerConfirmed", "CustomerEmailChanged", "CustomerRegistered", "CustomerUnreachable",
  ]);
  const attributes = { username: email, password: "Another-1!" };
  const body = JSON.stringify({ data: { type: "access-tokens", attributes } });
  const tokens = await (await fetch(`${BASE}/access-tokens`, { method: "POST", body })).json();
  const headers = { Authorization: `Bearer ${tokens.data.attributes.accessToken}` };
  const exported = await (await fetch(`${BASE}/customers/${reference}/export`, { headers })).json();
  const actions = exported.meta.supportAccess.map(({ action }) => action);
  for (const action of ["found", "show", "secure", "change-email"]) assert.ok(actions.includes(action), action);
  assert.ok(exported.meta.mails.some(({ kind, state }) => kind === "password-reset" && state === "bounced"));
  assert.equal(/T-100|arn:aws/.test(JSON.stringify(exported)), false);
  assert.deepEqual(complaints, []);
  await context.close();
});

/** Fails if axe finds anything or something is wider than the screen. */
async function looks(page, name) {
  assert.deepEqual(await violations(page, name, {}), []);
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${name} is too wide`);
  if (process.env.SCREENSHOTS) await page.screenshot({ path: `${process.env.SCREENSHOTS}/${name}.png` });
}
