// Tokens in cookies, through the route handler of the example for Next.js.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { once } from "node:events";
import { after, before, test } from "node:test";
import { createHandler } from "../src/bff.js";
import { AccountsError, cookieTokens, createAccounts } from "../src/index.js";
import { newCustomer, PASSWORD, url } from "./shop.js";

const STOREFRONT = "https://shop.example.com";
const BASE = `${STOREFRONT}/api/accounts`;
const OWN = { "X-Requested-By": "customer-accounts", Origin: STOREFRONT };

/** @type {Record<string, (request: Request) => Promise<Response>>} */
let route;
before(async () => {
  Object.assign(process.env, { ACCOUNTS_API_URL: url, NODE_ENV: "production", STOREFRONT_ORIGIN: STOREFRONT });
  route = await import("../examples/nextjs/app/api/accounts/[...path]/route.js");
});

/** A browser's `fetch` for the storefront: cookies, and everything that scripts have been shown. */
class Browser {
  /** @type {Map<string, string>} */
  cookies = new Map();
  shown = "";
  attributes = "";

  /** @type {typeof globalThis.fetch} */
  fetch = async (input, init) => {
    const request = new Request(input, init);
    const cookie = [...this.cookies].map((pair) => pair.join("=")).join("; ");
    if (cookie) request.headers.set("Cookie", cookie);
    request.headers.set("Origin", STOREFRONT);
    const answer = await /** @type {NonNullable<typeof route[string]>} */ (route[request.method])(request);
    for (const set of answer.headers.getSetCookie()) {
      const [, name = "", value = "", attributes = ""] = /^([^=]+)=([^;]*); (.*)$/.exec(set) ?? [];
      if (attributes.startsWith("Max-Age=0;")) this.cookies.delete(name);
      else this.cookies.set(name, value);
      this.attributes = attributes;
      assert.ok(set.length < 4096, `${set.length} bytes are more than browsers keep`);
    }
    this.shown += await answer.clone().text();
    return answer;
  };

  accounts = createAccounts({ url: BASE, tokens: cookieTokens(), fetch: this.fetch });
}

/** A browser in which a new customer has signed in. */
async function signedIn() {
  const browser = new Browser();
  const attributes = newCustomer();
  await browser.accounts.register(attributes);
  const { id } = await browser.accounts.signIn(attributes.email, PASSWORD);
  return { browser, id };
}

const ACCESS = "__Secure-customer-accounts-access";
const REFRESH = "__Secure-customer-accounts-refresh";

/** @param {string} refreshToken */
const refreshAtApi = (refreshToken) => {
  const data = { type: "refresh-tokens", attributes: { refreshToken } };
  return fetch(`${url}/refresh-tokens`, { method: "POST", body: JSON.stringify({ data }) });
};

test("tokens never reach the browser's scripts", async () => {
  const { browser, id } = await signedIn();
  assert.equal(browser.accounts.isSignedIn, true);
  assert.equal((await browser.accounts.customer()).id, id);
  assert.match(browser.attributes, /^Max-Age=2592000; Path=\/api\/accounts; HttpOnly; SameSite=Strict; Secure$/);
  const tokens = [...browser.cookies.values()];
  assert.equal(tokens.length, 2);
  for (const token of tokens) assert.ok(!browser.shown.includes(token));
  assert.ok(!/accessToken|refreshToken/.test(browser.shown));
});

test("an expired access token is refreshed with the cookie's refresh token", async () => {
  const { browser, id } = await signedIn();
  const before = browser.cookies.get(REFRESH);
  browser.cookies.set(ACCESS, "expired");
  assert.equal((await browser.accounts.customer()).id, id);
  assert.notEqual(browser.cookies.get(REFRESH), before);
  assert.ok(!/accessToken|refreshToken/.test(browser.shown));
});

test("signing out ends the session, also with an expired access token, and clears the cookies", async () => {
  for (const expired of [false, true]) {
    const { browser } = await signedIn();
    const refreshToken = browser.cookies.get(REFRESH) ?? "";
    if (expired) browser.cookies.set(ACCESS, "expired");
    await browser.accounts.signOut();
    assert.equal(browser.cookies.size, 0);
    assert.equal((await refreshAtApi(refreshToken)).status, 401);
    // A second time, there is nothing left to end.
    await browser.accounts.signOut();
  }
});

test("a wrong password ends no session, and the right one ends the session before", async () => {
  const browser = new Browser();
  const attributes = newCustomer();
  await browser.accounts.register(attributes);
  await browser.accounts.signIn(attributes.email, PASSWORD);
  await assert.rejects(browser.accounts.signIn(attributes.email, "wrong"), { status: 401, code: "003" });
  await browser.accounts.customer();
  await browser.accounts.signIn(attributes.email, PASSWORD);
  assert.equal((await browser.accounts.sessions()).length, 1);
});

test("a cookie that another host has set beside the customer's own signs nobody in", async () => {
  const [mine, thiefs] = [await signedIn(), await signedIn()];
  const own = [...mine.browser.cookies].map((pair) => pair.join("=")).join("; ");
  const tossed = `${ACCESS}=${thiefs.browser.cookies.get(ACCESS)}; ${own}`;
  const headers = { ...OWN, Cookie: tossed };
  const answer = await route["GET"]?.(new Request(`${BASE}/customers`, { headers }));
  assert.equal(answer?.status, 403);
});

test("a session that is over leaves no cookies", async () => {
  const { browser } = await signedIn();
  await fetch(`${url}/refresh-tokens/mine`, {
    method: "DELETE", headers: { Authorization: `Bearer ${browser.cookies.get(ACCESS)}` },
  });
  await assert.rejects(browser.accounts.customer(), { status: 401, code: "001" });
  assert.equal(browser.accounts.isSignedIn, false);
  assert.equal(browser.cookies.size, 0);

  const emptied = await signedIn();
  emptied.browser.cookies.clear();
  await assert.rejects(emptied.browser.accounts.customer(), { status: 401, code: "001" });
  assert.equal(emptied.browser.accounts.isSignedIn, false);

  const other = await signedIn();
  const newPassword = "New-12345!";
  await other.browser.accounts.changePassword({ password: PASSWORD, newPassword, confirmPassword: newPassword });
  assert.equal(other.browser.cookies.size, 0);
});

test("only the storefront's own pages can change anything, and only the contract's paths are passed on", async () => {
  const handler = createHandler({ apiUrl: url, basePath: "/api/accounts" });
  /** @param {string} method @param {string} path @param {Record<string, string>} headers */
  const status = async (method, path, headers, body = "{}") => {
    const init = { method, headers, ...(method !== "GET" && { body }) };
    return (await handler(new Request(BASE + path, init))).status;
  };
  assert.equal(await status("POST", "/access-tokens", OWN), 400);
  assert.equal(await status("POST", "/access-tokens", { "X-Requested-By": "customer-accounts" }), 400);
  assert.equal(await status("POST", "/access-tokens", { Origin: STOREFRONT }), 403);
  for (const Origin of ["https://evil.example.com", "https://shop.example.com.evil.example", "null"]) {
    assert.equal(await status("POST", "/access-tokens", { ...OWN, Origin }), 403);
  }
  assert.equal(await status("GET", "/customers", {}), 403);
  for (const path of ["", "/token", "/.well-known/jwks.json", "/_local/mail", "/admin/customers", "/customers/../x"]) {
    assert.equal(await status("GET", path, OWN), 404);
    assert.equal(await status("POST", path, OWN), 404);
  }
  assert.equal((await handler(new Request(`${STOREFRONT}/other/customers`))).status, 404);
  assert.equal(await status("POST", "/access-tokens", OWN, "x".repeat(65_537)), 413);
});

test("if the API cannot be reached, signing out clears the cookies all the same, and tells", async () => {
  const handler = createHandler({ apiUrl: "http://127.0.0.1:9", basePath: "/api/accounts" });
  const headers = { ...OWN, Cookie: `${ACCESS}=a; ${REFRESH}=r` };
  const answer = await handler(new Request(`${BASE}/refresh-tokens/current`, { method: "DELETE", headers }));
  assert.equal(answer.status, 502);
  assert.equal(answer.headers.getSetCookie().length, 2);
});

test("the API is told the customer's address", async () => {
  /** @type {(string | string[] | undefined)[]} */
  const seen = [];
  const api = createServer((request, response) => {
    seen.push(request.headers["x-client-address"], request.headers["x-proxy-secret"]);
    response.end("{}");
  }).listen(0, "127.0.0.1");
  after(() => api.close());
  await once(api, "listening");
  const { port } = /** @type {import("node:net").AddressInfo} */ (api.address());
  const handler = createHandler({
    apiUrl: `http://127.0.0.1:${port}/`,
    basePath: "/api/accounts",
    proxySecret: "secret",
    clientAddress: (request) => request.headers.get("X-Forwarded-For"),
  });
  for (const [given, told] of [
    ["203.0.113.7", "203.0.113.7"],
    ["::ffff:203.0.113.7", "203.0.113.7"],
    ["2001:DB8:1:2:3:4:5:6", "2001:db8:1:2::"],
    ["2001:db8::1", "2001:db8::"],
    ["2001:0db8:0:0001::", "2001:db8:0:1::"],
    ["::1", "::"],
    ["203.0.113.7:2024", "203.0.113.7"],
    ["[2001:db8:1:2::9]:2024", "2001:db8:1:2::"],
    ["::ffff:cb00:7107", "203.0.113.7"],
  ]) {
    const headers = { "X-Forwarded-For": given ?? "", "X-Client-Address": "made up", "X-Proxy-Secret": "guessed" };
    await handler(new Request(`${BASE}/customers`, { headers }));
    assert.deepEqual(seen.splice(0), [told, "secret"]);
  }
  for (const given of ["", "unknown", "203.0.113.7:2024:1", "null"]) {
    const answer = await handler(new Request(`${BASE}/customers`, { headers: { "X-Forwarded-For": given } }));
    assert.deepEqual([answer.status, seen.length], [502, 0]);
  }
  assert.throws(() => createHandler({ apiUrl: url, basePath: "/", proxySecret: "secret" }));
});

test("errors arrive as they are", async () => {
  const browser = new Browser();
  await assert.rejects(browser.accounts.signIn("nobody@example.com", "wrong"), (error) => {
    assert.ok(error instanceof AccountsError);
    assert.equal(error.code, "003");
    assert.match(error.requestId ?? "", /./);
    return true;
  });
});
