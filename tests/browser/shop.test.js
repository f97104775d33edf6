// The sample shop as its customers use it: every page in both languages, on a phone, a tablet and a desktop, light and
// dark; the life of an account; and what goes wrong.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { launch, violations } from "./chromium.js";

const BASE = process.env.BASE_URL;
const SHOP = `${BASE}/_local/shop`;
const PASSWORDS = ["Change-me-1!", "Changed-me-2!", "Remember-3!"];
const SIZES = { phone: [390, 844], tablet: [820, 1180], desktop: [1440, 900] };

const source = (path) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
// Read as the browser does, as modules.
const wordsOf = async (language) => {
  const text = source(`local/src/pages/shop/words/${language}.js`);
  return (await import(`data:text/javascript,${encodeURIComponent(text)}`)).default;
};
const WORDS = { en: await wordsOf("english"), de: await wordsOf("german") };
const en = WORDS.en;

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

const timeout = 120_000;
let registered = 0;

const post = async (path, type, attributes, headers = {}) => {
  const body = JSON.stringify({ data: { type, attributes } });
  const answer = await fetch(BASE + path, { method: "POST", headers, body });
  assert.ok(answer.ok, `${path}: ${answer.status}`);
  return answer.status === 204 ? null : answer.json();
};

/** A new customer, with a token to change things behind the shop's back. */
async function customer() {
  registered += 1;
  const email = `anna.${registered}.${process.pid}@example.com`;
  const [password] = PASSWORDS;
  const attributes = {
    salutation: "Ms", firstName: "Anna", lastName: "Berg", email,
    password, confirmPassword: password, acceptedTerms: true,
  };
  const { data } = await post("/customers", "customers", attributes);
  const pair = await post("/access-tokens", "access-tokens", { username: email, password });
  const { accessToken } = pair.data.attributes;
  return { email, path: `/customers/${data.id}`, headers: { Authorization: `Bearer ${accessToken}` } };
}

const ADDRESS = {
  salutation: "Ms", firstName: "Anna", lastName: "Berg", address1: "Kirncher Str.", address2: "7",
  zipCode: "10247", city: "Berlin", iso2Code: "DE",
};
const addAddress = ({ path, headers }, changes = {}) =>
  post(`${path}/addresses`, "addresses", { ...ADDRESS, ...changes }, headers);

/** The text of the newest mail to an address, once there are so many. */
async function mailTo(email, count = 1) {
  for (const end = Date.now() + 20_000; Date.now() < end; await new Promise((wake) => setTimeout(wake, 200))) {
    const all = await (await fetch(`${BASE}/_local/mail`)).json();
    const mails = all.filter(({ to }) => [to].flat().join().includes(email));
    if (mails.length >= count) return mails.at(-1);
  }
  throw new Error(`${email} got no mail ${count}`);
}
const linkIn = ({ text }) => /http\S*token=\S+/.exec(text)[0];

/** A tab of the shop in a browser of its own. `live` is what a customer does there; the console has to stay clean. */
async function inShop(live, { size = "desktop", locale = "en-GB", expects = [], ...options } = {}) {
  const [width, height] = SIZES[size] ?? size;
  const context = await browser.newContext({ viewport: { width, height }, locale, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  const complaints = [];
  page.on("console", (message) => {
    // The browser logs every 4xx answer. The API's are expected here; those of pages and their files are not.
    const isRefusal = /the server responded with a status of 4\d\d/.test(message.text());
    const isAsked = isRefusal && !new URL(message.location().url).pathname.startsWith("/_local/");
    const isExpected = expects.some((text) => message.text().includes(text));
    if (message.type() === "error" && !isAsked && !isExpected) complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  try {
    await live(page, context);
  } catch (error) {
    if (process.env.SCREENSHOTS) await page.screenshot({ path: `${process.env.SCREENSHOTS}/failed.png` });
    throw error;
  }
  assert.deepEqual(complaints, []);
  await context.close();
}

const heading = (page, name) => page.getByRole("heading", { level: 1, name, exact: true }).waitFor();
const says = (page, text) => page.getByRole("status").filter({ hasText: text }).waitFor();
const complains = (page, text) => page.getByRole("alert").filter({ hasText: text }).waitFor();
const press = (page, name) => page.getByRole("button", { name, exact: true }).click();
const field = (page, label) => page.getByLabel(label, { exact: true });

/** The problem that is said about a field, which the field itself names. */
async function problemOf(page, label) {
  const control = field(page, label);
  assert.equal(await control.getAttribute("aria-invalid"), "true", label);
  const ids = (await control.getAttribute("aria-describedby")).split(" ");
  return page.locator(`#${ids.at(-1)}`).textContent();
}

async function signIn(page, { email }, password = PASSWORDS[0], words = en) {
  await page.goto(`${SHOP}/sign-in`);
  await field(page, words.fields.email).fill(email);
  await field(page, words.fields.password).fill(password);
  await page.getByRole("main").getByRole("button", { name: words.nav.signIn, exact: true }).click();
  await heading(page, words.account.hello("Anna Berg"));
}

async function fillAddress(page, values) {
  const dialog = page.getByRole("dialog");
  for (const [name, value] of Object.entries(values)) {
    const control = dialog.locator(`[name=${name}]`);
    if (name === "salutation" || name === "iso2Code") await control.selectOption(value);
    else await control.fill(value);
  }
}

test("both languages have the same words", () => {
  const shape = (value) =>
    typeof value === "function" ? `function of ${value.length}`
    : Array.isArray(value) ? `${value.length} texts`
    : typeof value === "object" ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, shape(inner)]))
    : typeof value;
  assert.deepEqual(shape(WORDS.de), shape(en));
});

test("the shop offers the countries that the API accepts", () => {
  const offered = /CODES = `([^`]+)`/.exec(source("local/src/pages/shop/countries.js"))[1].trim().split(/\s+/);
  const list = source("shared/src/domain/country.rs");
  const accepted = [...list.matchAll(/^ {4}\("([A-Z]{2})", /gm)].map(([, code]) => code);
  assert.equal(accepted.length, 249);
  assert.deepEqual(offered, accepted);
});

for (const [size, language, colorScheme] of [
  ["phone", "en", "light"], ["tablet", "en", "dark"], ["desktop", "en", "light"],
  ["phone", "de", "dark"], ["tablet", "de", "light"], ["desktop", "de", "dark"],
]) {
  test(`every page on a ${size}, ${language}, ${colorScheme}`, { timeout }, async () => {
    const words = WORDS[language];
    const anna = await customer();
    await addAddress(anna);
    await addAddress(anna, { city: "Hamburg", company: "Berg & Weber", isDefaultBilling: true });
    const live = async (page) => {
      const look = async (name) => {
        const title = await page.getByRole("heading", { level: 1 }).textContent();
        assert.ok((await page.title()).endsWith(" – Sample shop"), title);
        assert.equal(await page.locator("html").getAttribute("lang"), language);
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(overflow <= 0, `${name} is ${overflow}px too wide`);
        assert.deepEqual(await violations(page, name, {}), []);
        const folder = process.env.SCREENSHOTS;
        if (folder) await page.screenshot({ path: `${folder}/${name}-${size}-${language}-${colorScheme}.png` });
      };
      const visit = async (path, name, title) => {
        await page.goto(SHOP + path);
        await heading(page, title);
        await look(name);
      };
      await visit("/", "welcome", words.welcome.title);
      await visit("/register", "register", words.register.title);
      await press(page, words.register.submit);
      await look("register-problems");
      await visit("/register/confirm?token=x", "confirm", words.confirm.title);
      await visit("/register/used-link", "used-confirmation", words.usedLink.confirm);
      await visit("/email/restore?token=x", "take-back", words.takeBack.title);
      await visit("/sign-in", "sign-in", words.signIn.title);
      await visit("/password/forgotten", "forgotten", words.forgotten.title);
      await visit("/password/restore?token=x", "restore", words.restore.title);
      await visit("/password/used-link", "used-reset", words.usedLink.reset);
      await visit("/no/such/page", "unknown", words.unknown.title);
      await signIn(page, anna, PASSWORDS[0], words);
      await look("account");
      for (const [path, name, title] of [
        ["/profile", "profile", words.profile.title],
        ["/addresses", "addresses", words.addresses.title],
        ["/password", "password", words.password.title],
        ["/devices", "devices", words.devices.title],
        ["/data", "data", words.data.title],
      ]) {
        await page.getByRole("navigation").getByRole("link", { name: words.nav[name], exact: true }).click();
        await heading(page, title);
        assert.equal(await page.evaluate(() => document.activeElement.localName), "h1");
        assert.equal(await page.locator("#account [aria-current=page]").count(), 1);
        await page.locator("[data-waiting]:visible").waitFor({ state: "detached" });
        await look(name);
      }
      await press(page, words.data.deleteOpen);
      await press(page, words.data.deleteSubmit);
      await look("delete");
      await page.keyboard.press("Escape");
      await visit("/addresses", "addresses", words.addresses.title);
      await page.getByRole("button", { name: words.addresses.changeOf("Anna Berg", "Berlin") }).click();
      await fillAddress(page, { city: "B" });
      await press(page, words.addresses.save);
      await look("address-problem");
      await page.keyboard.press("Escape");
      await visit("/sign-out/everywhere", "everywhere", words.everywhere.title);
    };
    await inShop(live, { size, locale: language === "de" ? "de-DE" : "en-GB", colorScheme });
  });
}

for (const size of ["desktop", "phone"]) {
  test(`the life of an account, on a ${size}`, { timeout }, () => inShop((page) => live(page, size), { size }));
}

async function live(page, size) {
  const email = `berta.${size}.${process.pid}@example.com`;
  await page.goto(`${SHOP}/`);
  await page.getByRole("link", { name: "Create an account" }).click();
  await heading(page, "Create an account");
  await field(page, "Salutation").selectOption("Ms");
  await field(page, "First name").fill("Berta");
  await field(page, "Last name").fill("Weber");
  await field(page, "E-mail").fill(email);
  await field(page, "Password").fill(PASSWORDS[0]);
  await field(page, "Repeat the password").fill(PASSWORDS[0]);
  await field(page, "I accept the terms of service").check();
  await press(page, "Create the account");
  // Signed in with the password just typed.
  await heading(page, "Hello, Berta Weber");
  await says(page, "Welcome!");
  const mail = await mailTo(email);
  assert.match(mail.subject, /confirm your e-mail address/i);
  await page.goto(linkIn(mail));
  await press(page, "Confirm the address");
  await says(page, "is confirmed");
  await page.goto(linkIn(mail));
  await press(page, "Confirm the address");
  await heading(page, "This link no longer works");

  // The profile, with an access token that is no longer valid: it is refreshed in the background.
  await page.goto(`${SHOP}/profile`);
  await page.locator("[data-ready]:visible").waitFor();
  await page.evaluate(() => {
    for (const [key, kept] of Object.entries(sessionStorage)) {
      sessionStorage.setItem(key, kept.replace(/"accessToken":"[^"]*"/, '"accessToken":"expired"'));
    }
  });
  await page.reload();
  await page.waitForFunction(() => document.querySelector("[name=lastName]").value === "Weber");
  assert.ok(!(await page.evaluate(() => JSON.stringify({ ...sessionStorage }))).includes("expired"));
  await field(page, "Last name").fill("Berg-Weber");
  await page.getByLabel("Date of birth").fill("1990-02-28");
  await press(page, "Save");
  await says(page, "Your profile is saved.");
  await page.reload();
  await page.waitForFunction(() => document.querySelector("[name=lastName]").value === "Berg-Weber");

  // The address book.
  await page.getByRole("navigation").getByRole("link", { name: "Addresses" }).click();
  await press(page, "Add your first address");
  const card = (city) => page.getByRole("listitem").filter({ hasText: city });
  await fillAddress(page, ADDRESS);
  await press(page, "Save the address");
  await says(page, "The address is saved.");
  await card("Berlin").getByText("Deliveries").waitFor();
  await press(page, "Add an address");
  await fillAddress(page, { ...ADDRESS, city: "Hamburg", company: "Weber" });
  await page.getByRole("dialog").getByLabel("Use it for deliveries").check();
  await press(page, "Save the address");
  await card("Hamburg").getByText("Deliveries").waitFor();
  await card("Berlin").getByText("Deliveries").waitFor({ state: "hidden" });
  await card("Berlin").getByText("Invoices").waitFor();
  await card("Berlin").getByRole("button", { name: /Change/ }).click();
  await fillAddress(page, { city: "Bremen" });
  await press(page, "Save the address");
  await card("Bremen").waitFor();
  // Deleting asks, and can be left.
  const remove = card("Hamburg").getByRole("button", { name: /Delete/ });
  await remove.click();
  await page.getByRole("dialog").getByText("Delete this address?").waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  assert.ok(await remove.evaluate((button) => button === document.activeElement));
  await remove.click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await says(page, "The address is deleted.");
  await card("Hamburg").waitFor({ state: "detached" });

  // A new password, with which the customer stays signed in.
  await page.getByRole("navigation").getByRole("link", { name: "Password" }).click();
  await field(page, "Current password").fill("not-this-one");
  await field(page, "New password").fill(PASSWORDS[1]);
  await field(page, "Repeat the password").fill(PASSWORDS[1]);
  await press(page, "Change the password");
  await page.getByText("This is not your current password.").waitFor();
  await field(page, "Current password").fill(PASSWORDS[0]);
  await press(page, "Change the password");
  await says(page, "Your password is changed");
  await heading(page, "Hello, Berta Berg-Weber");

  // A new e-mail.
  const newEmail = email.replace("berta", "bea");
  await page.getByRole("navigation").getByRole("link", { name: "Profile" }).click();
  await page.locator("#email").getByLabel("E-mail").fill(newEmail);
  await press(page, "Change the address");
  await says(page, `Your address is ${newEmail} now. Please confirm it`);
  await press(page, "Sign out");
  await says(page, "You are signed out.");

  // Forgotten: the link in the mail works once, and then leads to a new one at once.
  await page.goto(`${SHOP}/sign-in`);
  await field(page, "E-mail").fill(newEmail);
  await field(page, "Password").fill("wrong");
  await page.getByRole("main").getByRole("button", { name: "Sign in" }).click();
  await complains(page, "are not right");
  await page.getByRole("link", { name: "Forgot your password?" }).click();
  await field(page, "E-mail").fill(newEmail);
  await press(page, "Mail me the link");
  await says(page, "is on its way");
  const reset = linkIn(await mailTo(newEmail, 2));
  for (const _ of ["once", "twice"]) {
    await page.goto(reset);
    await field(page, "New password").fill(PASSWORDS[2]);
    await field(page, "Repeat the password").fill(PASSWORDS[2]);
    await press(page, "Set the password");
    if (_ === "once") await says(page, "Your new password is set.");
  }
  await heading(page, "This link no longer works");
  await field(page, "E-mail").fill(newEmail);
  await press(page, "Mail me a new link");
  await says(page, `If there is an account with ${newEmail}`);
  // The address has been carried over, so only the password is left to type.
  assert.equal(await field(page, "E-mail").inputValue(), newEmail);
  await field(page, "Password").fill(PASSWORDS[2]);
  await page.getByRole("main").getByRole("button", { name: "Sign in" }).click();
  await heading(page, "Your account");

  // The end.
  await page.goto(`${SHOP}/data`);
  await press(page, "Delete my account…");
  await press(page, "Delete my account");
  assert.match(await problemOf(page, "Yes, delete my account for good"), /tick/);
  await field(page, "Yes, delete my account for good").check();
  await press(page, "Delete my account");
  await says(page, "Your account is deleted.");
  await page.goto(`${SHOP}/sign-in`);
  await field(page, "E-mail").fill(newEmail);
  await field(page, "Password").fill(PASSWORDS[2]);
  await page.getByRole("main").getByRole("button", { name: "Sign in" }).click();
  await complains(page, "are not right");
}

test("what can be known to be wrong is said beside its field before anything is sent", { timeout }, () =>
  inShop(async (page) => {
    const sent = [];
    page.on("request", (request) => request.method() === "POST" && sent.push(request.url()));
    await page.goto(`${SHOP}/register`);
    await press(page, en.register.submit);
    assert.equal(await page.evaluate(() => document.activeElement.name), "salutation");
    assert.match(await problemOf(page, "First name"), /fill this in/);
    assert.match(await problemOf(page, "I accept the terms of service"), /tick/);
    await field(page, "E-mail").fill("anna@example");
    assert.match(await problemOf(page, "E-mail"), /e-mail address/);
    await field(page, "Password").fill("short");
    assert.match(await problemOf(page, "Password"), /7 characters/);
    await field(page, "Repeat the password").fill("shorter");
    assert.match(await problemOf(page, "Repeat the password"), /not the same/);
    // Now every key is looked at.
    await field(page, "Password").fill("shorter");
    for (const label of ["Password", "Repeat the password"]) {
      assert.equal(await field(page, label).getAttribute("aria-invalid"), null);
    }
    await page.getByRole("button", { name: "Show password" }).first().click();
    assert.equal(await page.locator("[name=password]").getAttribute("type"), "text");
    assert.deepEqual(sent, []);
  }));

test("what only the API can know is said beside its field, too", { timeout }, async () => {
  const anna = await customer();
  await inShop(async (page) => {
    await signIn(page, anna);
    await page.goto(`${SHOP}/profile`);
    await page.waitForFunction(() => document.querySelector("[name=lastName]").value === "Berg");
    await field(page, "First name").fill("A".repeat(101));
    await press(page, "Save");
    await page.getByText("Please enter at most 100 characters.").waitFor();
    assert.match(await problemOf(page, "First name"), /at most 100/);
    assert.equal(await page.evaluate(() => document.activeElement.name), "firstName");
    await page.getByRole("status").filter({ hasText: /./ }).waitFor({ state: "detached" });

    const bert = await customer();
    await page.locator("#email").getByLabel("E-mail").fill(bert.email);
    await press(page, "Change the address");
    await page.getByText("already has an account").waitFor();
  });
});

test("whoever has an account already is shown the way to it", { timeout }, async () => {
  const { email } = await customer();
  await inShop(async (page) => {
    await page.goto(`${SHOP}/register`);
    await field(page, "Salutation").selectOption("Ms");
    for (const [label, value] of [
      ["First name", "Anna"], ["Last name", "Berg"], ["E-mail", email],
      ["Password", PASSWORDS[1]], ["Repeat the password", PASSWORDS[1]],
    ]) await field(page, label).fill(value);
    await field(page, "I accept the terms of service").check();
    await press(page, "Create the account");
    await complains(page, "There is an account with this e-mail already.");
    await press(page, "Sign in instead");
    await heading(page, "Welcome back");
    assert.equal(await field(page, "E-mail").inputValue(), email);
  });
});

test("where confirmation is required, the shop says so and mails again", { timeout }, () =>
  inShop(async (page) => {
    const error = { status: 401, code: "008", detail: "Please confirm your e-mail address first." };
    await page.route("**/access-tokens", (route) => route.fulfill({ status: 401, json: { errors: [error] } }));
    const email = `carla.${process.pid}@example.com`;
    await page.goto(`${SHOP}/register`);
    await field(page, "Salutation").selectOption("Ms");
    for (const [label, value] of [
      ["First name", "Carla"], ["Last name", "Berg"], ["E-mail", email],
      ["Password", PASSWORDS[0]], ["Repeat the password", PASSWORDS[0]],
    ]) await field(page, label).fill(value);
    await field(page, "I accept the terms of service").check();
    await press(page, "Create the account");
    await heading(page, "Check your mail");
    assert.deepEqual(await violations(page, "check-mail", {}), []);
    await page.getByText(email).waitFor();
    await mailTo(email);
    await press(page, "Mail me again");
    await says(page, "another link is on its way");
    await mailTo(email, 2);
    await page.getByRole("link", { name: "I have confirmed it: sign in" }).click();
    await field(page, "E-mail").fill(email);
    await field(page, "Password").fill(PASSWORDS[0]);
    await page.getByRole("main").getByRole("button", { name: "Sign in" }).click();
    await complains(page, "Please confirm your e-mail address first");
    await press(page, "Mail me the link again");
    await heading(page, "Check your mail");
  }));

test("whoever has tried too often is told how long to wait", { timeout }, () =>
  inShop(async (page) => {
    const errors = [{ status: 429, code: "4401", detail: "Too many log in attempts from your address." }];
    const headers = { "Retry-After": "241" };
    await page.route("**/access-tokens", (route) => route.fulfill({ status: 429, headers, json: { errors } }));
    await page.goto(`${SHOP}/sign-in`);
    await field(page, "E-mail").fill("dora@example.com");
    await field(page, "Password").fill("guess");
    await page.getByRole("main").getByRole("button", { name: "Sign in" }).click();
    await complains(page, "try again in 5 minutes");
  }));

test("a page that could not be loaded can be tried again, and shows no form until then", { timeout }, async () => {
  const anna = await customer();
  await inShop(async (page) => {
    await signIn(page, anna);
    for (const [path, waits] of [
      ["/profile", "#profile"], ["/addresses", "#add"], ["/password", "#password"], ["/devices", "#everywhere"],
      ["/account", ".tile"],
    ]) {
      const held = [];
      await page.route("**/customers/**", (route) => void held.push(route));
      await page.goto(SHOP + path);
      await page.locator("[data-waiting]:visible").waitFor();
      assert.equal(await page.locator(waits).first().isVisible(), false, path);
      await Promise.all(held.map((route) => route.abort()));
      await complains(page, "cannot be reached");
      assert.equal(await page.locator(waits).first().isVisible(), false, path);
      await page.unroute("**/customers/**");
      await press(page, "Try again");
      await page.locator("[data-ready]:visible").waitFor();
      assert.equal(await page.getByRole("alert").filter({ hasText: /./ }).count(), 0);
    }
  }, { expects: ["net::ERR_FAILED"] });
});

test("after the end of a session, signing in leads back to the page wanted alone", { timeout }, async () => {
  const anna = await customer();
  await inShop(async (page) => {
    const signInHere = async () => {
      await field(page, "E-mail").fill(anna.email);
      await field(page, "Password").fill(PASSWORDS[0]);
      await page.getByRole("main").getByRole("button", { name: "Sign in" }).click();
    };
    await page.goto(`${SHOP}/addresses`);
    await says(page, "Please sign in first.");
    await signInHere();
    await heading(page, "Your addresses");
    await fetch(`${BASE}/refresh-tokens/mine`, { method: "DELETE", headers: anna.headers });
    await page.getByRole("navigation").getByRole("link", { name: "Devices" }).click();
    await says(page, "Your session has ended.");
    await signInHere();
    await heading(page, "Where you are signed in");
    await press(page, "Sign out");
    await says(page, "You are signed out.");
    await page.goto(`${SHOP}/sign-in?back=https://elsewhere.example.com/`);
    await signInHere();
    await heading(page, "Hello, Anna Berg");
    assert.equal(page.url(), `${SHOP}/account`);
    assert.ok(!page.url().includes("elsewhere"));
  });
});

test("a change made elsewhere is not overwritten unseen", { timeout }, async () => {
  const anna = await customer();
  const { data: address } = await addAddress(anna);
  const patch = (path, type, attributes) =>
    fetch(BASE + path, {
      method: "PATCH", headers: anna.headers, body: JSON.stringify({ data: { type, attributes } }),
    });
  await inShop(async (page) => {
    await signIn(page, anna);
    await page.goto(`${SHOP}/profile`);
    await page.waitForFunction(() => document.querySelector("[name=lastName]").value === "Berg");
    await patch(anna.path, "customers", { firstName: "Annette" });
    await field(page, "Last name").fill("Weber");
    await press(page, "Save");
    await complains(page, "changed elsewhere");
    await press(page, "Show what is saved now");
    await says(page, "what is saved now");
    assert.equal(await field(page, "First name").inputValue(), "Annette");
    assert.equal(await field(page, "Last name").inputValue(), "Berg");

    await page.goto(`${SHOP}/addresses`);
    await page.getByRole("button", { name: /Change the address/ }).click();
    await patch(`${anna.path}/addresses/${address.id}`, "addresses", { city: "Potsdam" });
    await fillAddress(page, { address2: "8" });
    await press(page, "Save the address");
    await complains(page, "changed elsewhere");
    await press(page, "Show what is saved now");
    await page.waitForFunction(() => document.querySelector("dialog[open] [name=city]")?.value === "Potsdam");
    await press(page, "Save the address");
    await says(page, "The address is saved.");
  });
});

test("a change of language keeps what is typed, and neither undoes nor hides what was changed elsewhere", { timeout }, async () => {
  const anna = await customer();
  await inShop(async (page) => {
    await signIn(page, anna);
    await page.goto(`${SHOP}/profile`);
    await page.waitForFunction(() => document.querySelector("[name=lastName]").value === "Berg");
    await fetch(BASE + anna.path, {
      method: "PATCH", headers: anna.headers,
      body: JSON.stringify({ data: { type: "customers", attributes: { lastName: "Weber" } } }),
    });
    await field(page, "First name").fill("Annette");
    await press(page, "Deutsch");
    await page.waitForFunction(() => document.querySelector("[name=lastName]").value === "Weber");
    await page.waitForFunction(() => document.querySelector("[name=firstName]").value === "Annette");

    // While the page waits for its data, there is nothing to keep.
    await page.route("**/customers/*", async (route) => {
      await new Promise((resolve) => setTimeout(resolve, 500));
      await route.continue();
    });
    await page.reload();
    await page.locator("[data-waiting]:visible").waitFor();
    await press(page, "English");
    await page.locator("[data-ready]:visible").waitFor();
    assert.equal(await field(page, "Last name").inputValue(), "Weber");
  }, { locale: "en-GB" });
});

test("whatever is in the browser's storage, customers can sign in", { timeout }, async () => {
  const anna = await customer();
  await inShop(async (page) => {
    await page.goto(`${SHOP}/`);
    await page.evaluate(() => {
      sessionStorage.setItem("customer-accounts ", "{");
      localStorage.setItem("customer-accounts  latest", "[");
    });
    await signIn(page, anna);
    await page.goto(`${SHOP}/profile`);
    await page.waitForFunction(() => document.querySelector("[name=lastName]").value === "Berg");
  });
});

test("a slow answer does not reach into what the customer does by then", { timeout }, async () => {
  const anna = await customer();
  const [{ data: first }] = [await addAddress(anna), await addAddress(anna, { city: "Hamburg" })];
  await inShop(async (page) => {
    const slowly = async (route) => {
      await new Promise((resolve) => setTimeout(resolve, 1000));
      await route.continue();
    };
    await signIn(page, anna);
    await page.goto(`${SHOP}/addresses`);
    await page.route(`**/addresses/${first.id}`, slowly);
    const change = (city) => page.getByRole("button", { name: WORDS.en.addresses.changeOf("Anna Berg", city) });
    await change("Berlin").click();
    await change("Hamburg").click();
    const city = page.getByRole("dialog").getByLabel("City");
    await city.fill("Bremen");
    await page.waitForTimeout(1500);
    assert.equal(await city.inputValue(), "Bremen");
    await page.keyboard.press("Escape");

    // Nobody can leave before it is known whether the address is saved.
    await change("Berlin").click();
    await fillAddress(page, { city: "Potsdam" });
    await press(page, "Save the address");
    await page.getByRole("dialog").getByRole("button", { name: "Cancel" }).click();
    assert.ok(await page.getByRole("dialog").isVisible());
    await says(page, "The address is saved.");
    await change("Potsdam").waitFor();

    // Whoever has signed out stays so.
    await page.route("**/customer-password", slowly);
    await page.goto(`${SHOP}/password`);
    await page.locator("[data-ready]:visible").waitFor();
    await field(page, "Current password").fill(PASSWORDS[0]);
    await field(page, "New password").fill(PASSWORDS[1]);
    await field(page, "Repeat the password").fill(PASSWORDS[1]);
    await press(page, "Change the password");
    await press(page, "Sign out");
    await says(page, "You are signed out.");
    await page.waitForTimeout(2000);
    assert.ok(await page.getByRole("link", { name: "Sign in" }).first().isVisible());
    assert.ok(!(await page.evaluate(() => JSON.stringify({ ...sessionStorage }))).includes("accessToken"));
  });
});

test("what needs a recent sign-in asks for one, and leads back", { timeout }, async () => {
  const anna = await customer();
  await inShop(async (page) => {
    await signIn(page, anna);
    const errors = [{ status: 401, code: "007", detail: "Please sign in again to do this." }];
    await page.route(`**${anna.path}`, (route) =>
      route.request().method() === "DELETE" ? route.fulfill({ status: 401, json: { errors } }) : route.continue());
    await page.goto(`${SHOP}/data`);
    await press(page, "Delete my account…");
    await field(page, "Yes, delete my account for good").check();
    await press(page, "Delete my account");
    await heading(page, "Welcome back");
    await says(page, "please sign in again");
    await field(page, "E-mail").fill(anna.email);
    await field(page, "Password").fill(PASSWORDS[0]);
    await page.getByRole("main").getByRole("button", { name: "Sign in" }).click();
    await heading(page, "Your data");
  });
});

test("the buttons of the address dialog are in sight, however low the window is", { timeout }, async () => {
  const anna = await customer();
  for (const size of [[1440, 860], [1024, 500], [390, 600]]) {
    await inShop(async (page) => {
      await signIn(page, anna);
      await page.goto(`${SHOP}/addresses`);
      await press(page, "Add your first address");
      for (const name of ["Save the address", "Cancel"]) {
        const { y, height } = await page.getByRole("dialog").getByRole("button", { name }).boundingBox();
        assert.ok(y > 0 && y + height <= size[1], `${name} at ${size}: ${y}`);
      }
      await press(page, "Cancel");
      assert.equal(await page.evaluate(() => document.activeElement.textContent), "Add your first address");
    }, { size });
  }
});

test("countries are listed by name in the shop's language, probable ones first", { timeout }, async () => {
  const anna = await customer();
  await inShop(async (page) => {
    await signIn(page, anna, PASSWORDS[0], WORDS.de);
    await page.goto(`${SHOP}/addresses`);
    await press(page, WORDS.de.addresses.first);
    const select = page.locator("[name=iso2Code]");
    assert.equal(await select.inputValue(), "AT");
    const names = await select.locator("option").allTextContents();
    assert.equal(names.length, 250);
    assert.deepEqual(names.slice(0, 4), ["Bitte wählen", "Österreich", "Afghanistan", "Ägypten"]);
  }, { locale: "de-AT" });
});

test("the language can be switched, keeps what is typed, and is remembered, in mails, too", { timeout }, () =>
  inShop(async (page) => {
    const email = `erika.${process.pid}@example.com`;
    await page.goto(`${SHOP}/register`);
    await field(page, "First name").fill("Erika");
    await press(page, "Deutsch");
    await heading(page, "Konto anlegen");
    assert.equal(await page.locator("html").getAttribute("lang"), "de");
    assert.equal(await field(page, "Vorname").inputValue(), "Erika");
    await page.reload();
    await heading(page, "Konto anlegen");
    await field(page, "Anrede").selectOption("Ms");
    for (const [label, value] of [
      ["Vorname", "Erika"], ["Nachname", "Berg"], ["E-Mail", email],
      ["Passwort", PASSWORDS[0]], ["Passwort wiederholen", PASSWORDS[0]],
    ]) await field(page, label).fill(value);
    await field(page, "Ich stimme den Nutzungsbedingungen zu").check();
    await press(page, "Konto anlegen");
    await heading(page, "Guten Tag, Erika Berg");
    assert.match((await mailTo(email)).subject, /bestätigen/i);
    await press(page, "English");
    await heading(page, "Hello, Erika Berg");
  }));

test("the keyboard is enough to sign in and to add an address", { timeout }, async () => {
  const anna = await customer();
  await inShop(async (page) => {
    const { keyboard } = page;
    const tabTo = async (name) => {
      for (let presses = 0; presses < 30; presses += 1) {
        await keyboard.press("Tab");
        const at = await page.evaluate(() => {
          const { activeElement: { name, textContent, offsetWidth } } = document;
          return { name: name || textContent.trim(), offsetWidth };
        });
        if (at.name === name) return;
      }
      throw new Error(`no way to ${name}`);
    };
    await page.goto(`${SHOP}/sign-in`);
    await heading(page, "Welcome back");
    await keyboard.press("Tab");
    await keyboard.press("Enter");
    assert.equal(await page.evaluate(() => document.activeElement.id), "main");
    await tabTo("email");
    await keyboard.type(anna.email);
    await tabTo("password");
    await keyboard.type(PASSWORDS[0]);
    await keyboard.press("Enter");
    await heading(page, "Hello, Anna Berg");
    await page.locator("[data-ready]:visible").waitFor();
    await tabTo("All addresses");
    await keyboard.press("Enter");
    await page.locator("[data-ready]:visible").waitFor();
    await tabTo("Add your first address");
    await keyboard.press("Enter");
    await page.getByRole("dialog").waitFor();
    assert.equal(await page.evaluate(() => document.activeElement.name), "salutation");
    await keyboard.type("Ms");
    for (const name of ["firstName", "lastName", "address1", "address2", "zipCode", "city"]) {
      await tabTo(name);
      await keyboard.type(ADDRESS[name]);
    }
    await tabTo("iso2Code");
    await keyboard.type("Germ");
    await keyboard.press("Tab");
    await keyboard.press("Enter");
    await says(page, "The address is saved.");
    await page.getByRole("listitem").filter({ hasText: "Germany" }).waitFor();
  });
});

test("a customer sees where they are signed in, and ends it", { timeout }, async () => {
  const anna = await customer();
  // A third session, besides that of `customer`.
  await post("/access-tokens", "access-tokens", { username: anna.email, password: PASSWORDS[0] });
  await inShop(async (page) => {
    await signIn(page, anna);
    await page.getByText("Signed in on 3 devices.").waitFor();
    await page.getByRole("link", { name: "See the devices" }).click();
    const rows = page.getByRole("main").getByRole("listitem");
    await rows.nth(2).waitFor();
    await rows.filter({ hasText: "This device" }).getByText("Chrome on Linux").waitFor();
    await rows.getByRole("button").first().click();
    await press(page, "Cancel");
    await rows.getByRole("button").first().click();
    await page.getByRole("dialog").getByRole("button", { name: "Sign out" }).click();
    await says(page, "is signed out.");
    await rows.nth(2).waitFor({ state: "detached" });
    await press(page, "Sign out all other devices");
    await page.getByRole("dialog").getByRole("button", { name: "Sign out all other devices" }).click();
    await says(page, "All other devices are signed out.");
    assert.equal(await rows.count(), 1);
    assert.equal((await fetch(BASE + anna.path, { headers: anna.headers })).status, 401);
    await press(page, "Sign out everywhere");
    await page.getByRole("dialog").getByRole("button", { name: "Sign out everywhere" }).click();
    await heading(page, "Forgot your password?");
    await says(page, "You are signed out on all devices.");
  });
});

test("a customer downloads all data", { timeout }, async () => {
  const anna = await customer();
  await addAddress(anna);
  await inShop(async (page) => {
    await signIn(page, anna);
    await page.goto(`${SHOP}/data`);
    const downloaded = page.waitForEvent("download");
    await press(page, "Download the file");
    const file = await downloaded;
    assert.match(file.suggestedFilename(), /^customer-DE--\w+\.json$/);
    const { data, included } = JSON.parse(readFileSync(await file.path(), "utf8"));
    assert.equal(data.attributes.email, anna.email);
    assert.ok(included.some(({ type }) => type === "addresses"));
    await says(page, "Your data is downloaded.");
  });
});

test("signing out in one tab signs out the others", { timeout }, async () => {
  const anna = await customer();
  await inShop(async (page, context) => {
    await signIn(page, anna);
    const second = await context.newPage();
    await second.goto(`${SHOP}/profile`);
    await second.waitForFunction(() => document.querySelector("[name=lastName]")?.value === "Berg");
    await press(page, "Sign out");
    await heading(second, "Welcome back");
    await says(second, "Your session has ended.");
  });
});
