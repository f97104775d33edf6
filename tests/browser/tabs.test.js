// One session in several tabs, by the package for storefronts: an hour of it, and everything that can come in between.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { after, before, test } from "node:test";
import { createHandler } from "../../clients/typescript/src/bff.js";
import { launch } from "./chromium.js";

const PASSWORD = "Change-me-1!";
// Of access tokens, in seconds. Every minute they have expired.
const LIFETIME = 59;

let browser, server, url, lines, storefront;
before(async () => {
  const folder = process.env.CARGO_TARGET_DIR ?? new URL("../../target", import.meta.url).pathname;
  server = spawn(`${folder}/debug/moving_clock`, [`ACCESS_TOKEN_LIFETIME=${LIFETIME}`], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  lines = createInterface(server.stdout)[Symbol.asyncIterator]();
  url = (await lines.next()).value;
  storefront = await startStorefront();
  browser = await launch();
});
after(async () => {
  await browser.close();
  storefront.close();
  server.stdin.end();
  assert.deepEqual(await once(server, "exit"), [0, null]);
});

/** Moves the server's clock on. */
async function advance(seconds) {
  server.stdin.write(`${seconds}\n`);
  await lines.next();
}

/** A server with a backend-for-frontend, and all else as it is on the dev server. */
async function startStorefront() {
  const handler = createHandler({ apiUrl: url, basePath: "/api/accounts", secure: false });
  const storefront = createServer(async (incoming, outgoing) => {
    const { method, headers } = incoming;
    const body = method === "GET" ? undefined : Readable.toWeb(incoming);
    const isOwn = incoming.url.startsWith("/api/accounts/");
    const answer = isOwn
      ? await handler(new Request(storefront.url + incoming.url, { method, headers, body, duplex: "half" }))
      : await fetch(url + incoming.url);
    outgoing.writeHead(answer.status, [...answer.headers].flat());
    outgoing.end(Buffer.from(await answer.arrayBuffer()));
  }).listen(0, "127.0.0.1");
  await once(storefront, "listening");
  storefront.url = `http://127.0.0.1:${storefront.address().port}`;
  return storefront;
}

/** A browser with its own storage, which counts the refreshes of all its tabs. */
async function newBrowser() {
  const context = await browser.newContext();
  await context.route("**/tab", (route) => route.fulfill({ contentType: "text/html", body: "<!doctype html>" }));
  context.refreshes = 0;
  context.on("request", (request) => (context.refreshes += request.url().endsWith("/refresh-tokens")));
  return context;
}

/** A tab with the package in it, whose storage is empty unless it is given. */
async function open(context, tokens = "sessionTokens", stored = {}) {
  const tab = await context.newPage();
  const hasCookies = tokens === "cookieTokens";
  await tab.goto(`${hasCookies ? storefront.url : url}/tab`);
  await tab.evaluate(async ([tokens, url, stored]) => {
    Object.assign(sessionStorage, stored);
    const client = await import("/_local/client/index.js");
    window.ended = [];
    const onSessionEnded = (reason) => window.ended.push(reason);
    window.accounts = client.createAccounts({ url, tokens: client[tokens](), onSessionEnded });
    await window.accounts.ready;
  }, [tokens, hasCookies ? "/api/accounts" : "", stored]);
  return tab;
}

/** Registers a customer and signs in. */
const join = (tab) =>
  tab.evaluate(async (password) => {
    const email = `${crypto.randomUUID()}@example.com`;
    const person = { salutation: "Ms", firstName: "Sonia", lastName: "Wagner", email, acceptedTerms: true };
    await window.accounts.register({ ...person, password, confirmPassword: password });
    return { email, reference: (await window.accounts.signIn(email, password)).id };
  }, PASSWORD);

const setState = async (tab, state) =>
  (await tab.context().newCDPSession(tab)).send("Page.setWebLifecycleState", { state });
const storageOf = (tab) => tab.evaluate(() => ({ ...sessionStorage }));
const endedIn = (tab) => tab.evaluate(() => window.ended);
const isSignedIn = (tab) => tab.evaluate(() => window.accounts.isSignedIn);
const signOut = (tab) => tab.evaluate(() => window.accounts.signOut());

/** Three requests at once: the customer's reference, or the status that they all fail with. */
const use = (tab) =>
  tab.evaluate(async () => {
    const { accounts } = window;
    const all = [accounts.customer(), accounts.addresses(), accounts.updateCustomer({ firstName: "Sonja" })];
    return (await Promise.allSettled(all)).map(({ value, reason }) => reason?.status ?? value.id ?? "a list");
  });

const worksFor = async (tab, reference) => assert.deepEqual(await use(tab), [reference, "a list", reference]);

for (const tokens of ["sessionTokens", "memoryTokens", "cookieTokens"]) {
  test(`tabs share an hour with ${tokens}: one refresh for each expiry, and nobody is signed out`, async () => {
    const context = await newBrowser();
    const first = await open(context, tokens);
    const { reference } = await join(first);
    const second = await open(context, tokens);
    assert.equal(await isSignedIn(second), true, "a new tab has the session of the others");
    // As browsers do when they duplicate a tab.
    const copy = await open(context, tokens, await storageOf(first));
    for (let minute = 1; minute <= 65; minute += 1) {
      // As browsers do with tabs in the background.
      if (minute === 21) await setState(second, "frozen");
      if (minute === 41) await setState(second, "active");
      await advance(60);
      const isAway = minute > 20 && minute <= 40;
      await Promise.all((isAway ? [first] : [first, second, copy]).map((tab) => worksFor(tab, reference)));
      assert.equal(context.refreshes, minute);
    }
    for (const tab of [first, second, copy]) assert.deepEqual(await endedIn(tab), []);
    await context.close();
  });
}

test("a tab that was discarded takes over what another one has", async () => {
  const context = await newBrowser();
  const first = await open(context);
  const { reference } = await join(first);
  const stored = await storageOf(first);
  await advance(60);
  await worksFor(first, reference);
  await advance(60);
  const restored = await open(context, "sessionTokens", stored);
  await worksFor(restored, reference);
  await worksFor(first, reference);
  assert.equal(context.refreshes, 2);
  await context.close();
});

test("a tab that was discarded presents no old tokens, even if nobody is left who has newer ones", async () => {
  const context = await newBrowser();
  const first = await open(context);
  const { reference } = await join(first);
  const stored = await storageOf(first);
  await advance(60);
  await worksFor(first, reference);
  const newer = await storageOf(first);
  await first.close();
  await advance(60);
  const restored = await open(context, "sessionTokens", stored);
  assert.deepEqual(await endedIn(restored), ["elsewhere"]);
  assert.equal(await isSignedIn(restored), false);
  // So the session goes on in the tab that has them, once that is restored.
  const other = await open(context, "sessionTokens", newer);
  await worksFor(other, reference);
  await context.close();
});

for (const tokens of ["sessionTokens", "cookieTokens"]) {
  test(`signing out in one tab signs out all, and a refresh in progress does not undo it: ${tokens}`, async () => {
    const context = await newBrowser();
    const [first, second] = [await open(context, tokens), await open(context, tokens)];
    await join(first);
    await advance(60);
    const { promise: answered, resolve: answer } = Promise.withResolvers?.() ?? withResolvers();
    await first.route("**/refresh-tokens", async (route) => {
      const response = await route.fetch();
      await answered;
      await route.fulfill({ response });
    });
    const asked = first.waitForRequest("**/refresh-tokens");
    const used = use(first);
    await asked;
    const signedOut = signOut(second);
    await second.waitForFunction(() => !window.accounts.isSignedIn);
    answer();
    await signedOut;
    assert.deepEqual(await used, [401, 401, 401]);
    assert.deepEqual(await endedIn(first), ["elsewhere"]);
    assert.deepEqual(await endedIn(second), []);
    for (const tab of [first, second, await open(context, tokens)]) assert.equal(await isSignedIn(tab), false);
    assert.deepEqual(await context.cookies(), []);
    await context.close();
  });
}

test("signing out forgets the session here even if the API cannot be reached, and tells", async () => {
  const context = await newBrowser();
  const [first, second] = [await open(context), await open(context)];
  await join(first);
  await context.route("**/refresh-tokens/*", (route) => route.abort());
  assert.equal(await first.evaluate(() => window.accounts.signOut().catch(({ status }) => status)), 0);
  assert.equal(await isSignedIn(first), false);
  await second.waitForFunction(() => window.ended.length === 1);
  await context.close();
});

test("signing out ends the session on the server, also with an expired access token", async () => {
  const context = await newBrowser();
  const first = await open(context);
  await join(first);
  const stored = await storageOf(first);
  await advance(60);
  await signOut(first);
  const elsewhere = await newBrowser();
  const thief = await open(elsewhere, "sessionTokens", stored);
  assert.deepEqual(await use(thief), [401, 401, 401]);
  assert.deepEqual(await endedIn(thief), ["ended"]);
  await Promise.all([context.close(), elsewhere.close()]);
});

test("a tab that was discarded has the session of the cookies", async () => {
  const context = await newBrowser();
  const first = await open(context, "cookieTokens");
  const { reference } = await join(first);
  await advance(60);
  await worksFor(first, reference);
  await first.close();
  await advance(60);
  const restored = await open(context, "cookieTokens");
  await worksFor(restored, reference);
  assert.deepEqual(await endedIn(restored), []);
  await signOut(restored);
  assert.deepEqual(await context.cookies(), []);
  await context.close();
});

test("signing in as another customer in one tab takes the others along", async () => {
  const context = await newBrowser();
  const [first, second] = [await open(context), await open(context)];
  const before = await join(first);
  await second.waitForFunction(() => window.accounts.isSignedIn);
  const after = await join(second);
  await first.waitForFunction((reference) => window.accounts.reference === reference, after.reference);
  assert.notEqual(before.reference, after.reference);
  assert.deepEqual(await endedIn(first), ["elsewhere"]);
  assert.deepEqual(await endedIn(second), []);
  await worksFor(first, after.reference);
  // The same customer once more is no other session for the other tab.
  await first.evaluate(([email, password]) => window.accounts.signIn(email, password), [after.email, PASSWORD]);
  await advance(60);
  await Promise.all([worksFor(first, after.reference), worksFor(second, after.reference)]);
  assert.deepEqual(await endedIn(second), []);
  await context.close();
});

test("a session that the API has ended ends once in each tab", async () => {
  const context = await newBrowser();
  const [first, second] = [await open(context), await open(context)];
  const { email } = await join(first);
  await second.waitForFunction(() => window.accounts.isSignedIn);
  const elsewhere = await newBrowser();
  const phone = await open(elsewhere);
  await phone.evaluate(async ([email, password]) => {
    await window.accounts.signIn(email, password);
    await window.accounts.signOutEverywhere();
  }, [email, PASSWORD]);
  assert.deepEqual(await endedIn(phone), []);
  assert.deepEqual(await Promise.all([use(first), use(second)]), [[401, 401, 401], [401, 401, 401]]);
  const reasons = [await endedIn(first), await endedIn(second)].sort();
  assert.deepEqual(reasons, [["elsewhere"], ["ended"]]);
  assert.equal(context.refreshes, 1);
  await Promise.all([context.close(), elsewhere.close()]);
});

test("neither a lost answer nor an outage during a refresh signs anybody out", async () => {
  const context = await newBrowser();
  const first = await open(context);
  const { reference } = await join(first);
  await advance(60);
  let lost = 0;
  await context.route("**/refresh-tokens", async (route) => {
    await route.fetch();
    lost += 1;
    await route.abort();
  }, { times: 1 });
  await worksFor(first, reference);
  assert.equal(lost, 1);

  await advance(60);
  const document = { errors: [{ status: 503, detail: "Please try again." }] };
  await context.route("**/refresh-tokens", (route) =>
    route.fulfill({ status: 503, headers: { "Retry-After": "30" }, json: document }));
  assert.deepEqual(await use(first), [503, 503, 503]);
  await context.unroute("**/refresh-tokens");
  await worksFor(first, reference);
  assert.deepEqual(await endedIn(first), []);
  await context.close();
});

function withResolvers() {
  const resolvers = {};
  resolvers.promise = new Promise((resolve) => (resolvers.resolve = resolve));
  return resolvers;
}
