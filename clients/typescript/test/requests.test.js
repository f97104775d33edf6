// What is repeated, how often, and with which key; and which answers end a session.

import assert from "node:assert/strict";
import { test } from "node:test";
import { AccountsError, createAccounts, memoryTokens } from "../src/index.js";
import { newCustomer, PASSWORD, url } from "./shop.js";

/** @type {import("../src/index.js").NewAddress} */
const home = {
  salutation: "Ms", firstName: "Sonia", lastName: "Wagner", address1: "Kirncher Str.", address2: "7",
  zipCode: "10247", city: "Berlin", iso2Code: "DE",
};

const LOST = "lost";
/** @type {(status: number, code?: string, headers?: Record<string, string>) => () => Response} */
const answer = (status, code, headers = {}) => () =>
  new Response(JSON.stringify({ errors: [{ status, code, detail: "As if." }] }), { status, headers });

/** A client whose next requests to a path have these fates: their answers get lost, or others come instead. */
function newClient() {
  /** @type {string[]} */
  const sent = [];
  /** @type {(string | null)[]} */
  const keys = [];
  /** @type {string[]} */
  const ended = [];
  /** @type {Map<string, (string | (() => Response | Promise<Response>))[]>} */
  const fates = new Map();
  /** @type {typeof globalThis.fetch} */
  const fetch = async (input, init) => {
    const { pathname } = new URL(String(input));
    const request = `${init?.method} ${pathname.replace(/DE--[A-Z0-9]+/, "me")}`;
    sent.push(request);
    keys.push(new Headers(init?.headers).get("Idempotency-Key"));
    const fate = fates.get(request)?.shift();
    if (typeof fate === "function") return fate();
    const response = await globalThis.fetch(input, init);
    if (fate === LOST) throw new TypeError("fetch failed");
    return response;
  };
  const tokens = memoryTokens();
  const onSessionEnded = (/** @type {string} */ reason) => void ended.push(reason);
  return { accounts: createAccounts({ url, tokens, fetch, onSessionEnded }), tokens, fates, sent, keys, ended };
}

/** A client that has signed in, and whose access token has expired if asked for. */
async function signedIn({ expired = false } = {}) {
  const client = newClient();
  const attributes = newCustomer();
  await client.accounts.register(attributes);
  await client.accounts.signIn(attributes.email, PASSWORD);
  if (expired) expire(client);
  client.sent.length = client.keys.length = 0;
  return { ...client, email: attributes.email };
}

/** @param {{ fates: Map<string, unknown> }} client @param {number} [times] */
const expire = ({ fates }, times = 1) => fates.set("GET /customers/me", Array(times).fill(answer(401, "001")));

/** @param {string[]} sent @param {string} request */
const count = (sent, request) => sent.filter((one) => one === request).length;

/** @param {Promise<unknown>} promise @param {number} status @param {string} [code] */
const fails = (promise, status, code) =>
  assert.rejects(promise, (error) => {
    assert.ok(error instanceof AccountsError);
    assert.deepEqual([error.status, error.code], [status, code]);
    return true;
  });

/** An answer that is held back: until when, and the fate for it. */
function held(/** @type {() => Response} */ answer) {
  /** @type {() => void} */
  let arrive = () => {};
  const arrived = new Promise((resolve) => (arrive = () => resolve(undefined)));
  return { arrive, fate: () => arrived.then(answer) };
}

test("a late answer is for nobody but whoever asked", async () => {
  const { accounts, fates } = await signedIn();
  const exported = held(() => new Response('{"data":{}}'));
  const changed = held(() => new Response(null, { status: 204 }));
  const deleted = held(() => new Response(null, { status: 204 }));
  fates.set("GET /customers/me/export", [exported.fate]);
  fates.set("PATCH /customer-password", [changed.fate]);
  fates.set("DELETE /customers/me", [deleted.fate]);
  const passwords = { password: PASSWORD, newPassword: "Changed-me-2!", confirmPassword: "Changed-me-2!" };
  const late = [accounts.exportData(), accounts.changePassword(passwords), accounts.deleteCustomer()];
  const refused = late.map((promise) => fails(promise, 401, "001"));
  await accounts.signOut();
  const other = newCustomer();
  await accounts.register(other);
  await accounts.signIn(other.email, PASSWORD);
  for (const { arrive } of [exported, changed, deleted]) arrive();
  await Promise.all(refused);
  assert.equal((await accounts.customer()).attributes.email, other.email);
});

test("of two sign-ins at a time, the later one counts", async () => {
  const { accounts, fates } = newClient();
  const [first, second] = [newCustomer(), newCustomer()];
  for (const customer of [first, second]) await accounts.register(customer);
  const { arrive, fate } = held(() => Response.json({ data: [{ id: "DE--1", attributes: {} }] }));
  fates.set("GET /customers", [fate]);
  const slow = fails(accounts.signIn(first.email, PASSWORD), 401, "001");
  await new Promise((resolve) => setTimeout(resolve, 500));
  const { id } = await accounts.signIn(second.email, PASSWORD);
  arrive();
  await slow;
  assert.equal(accounts.reference, id);
});

test("a registration whose answer is lost is repeated with its key, and made once", async () => {
  const { accounts, fates, sent, keys } = newClient();
  const attributes = newCustomer();
  fates.set("POST /customers", [LOST]);
  const customer = await accounts.register(attributes);
  assert.equal(customer.attributes.email, attributes.email);
  assert.equal(sent.length, 2);
  assert.ok(keys[0] && keys[0] === keys[1]);
});

test("an address that is sent again after its answers were lost keeps its key, and another has its own", async () => {
  const { accounts, fates, keys } = await signedIn();
  fates.set("POST /customers/me/addresses", [LOST, LOST, LOST]);
  await fails(accounts.addAddress(home), 0);
  await accounts.addAddress({ ...home, city: "Hamburg" });
  await accounts.addAddress(home);
  assert.deepEqual(new Set(keys).size, 2);
  assert.equal((await accounts.addresses()).length, 2);
  // Once it has been made, the same address is another one.
  await accounts.addAddress(home);
  assert.equal((await accounts.addresses()).length, 3);
});

test("a refused registration is not repeated, and a short pause that the API asks for is kept", async () => {
  const { accounts, fates, sent } = newClient();
  const attributes = newCustomer();
  await fails(accounts.register({ ...attributes, email: "nobody" }), 422, "901");
  assert.equal(sent.length, 1);
  fates.set("POST /customers", [answer(503, undefined, { "Retry-After": "1" })]);
  const start = Date.now();
  await accounts.register(attributes);
  assert.ok(Date.now() - start >= 1000);
  fates.set("POST /customers", [answer(503, undefined, { "Retry-After": "60" })]);
  sent.length = 0;
  await assert.rejects(accounts.register(newCustomer()), { status: 503, retryAfter: 60 });
  assert.equal(sent.length, 1);
});

test("many requests with an expired token make one refresh", async () => {
  const client = await signedIn();
  expire(client, 5);
  await Promise.all(Array.from({ length: 5 }, () => client.accounts.customer()));
  assert.equal(count(client.sent, "POST /refresh-tokens"), 1);
  assert.deepEqual(client.ended, []);
});

test("a refresh whose answer is lost is repeated, and no failure but 401/004 ends the session", async () => {
  const client = await signedIn({ expired: true });
  const { accounts, fates, sent } = client;
  fates.set("POST /refresh-tokens", [LOST]);
  await accounts.customer();
  assert.equal(count(sent, "POST /refresh-tokens"), 2);
  for (const status of [429, 400, 500]) {
    expire(client);
    fates.set("POST /refresh-tokens", [answer(status)]);
    await fails(accounts.customer(), status);
    assert.equal(accounts.isSignedIn, true);
  }
  assert.deepEqual(client.ended, []);
  expire(client, 2);
  fates.set("POST /refresh-tokens", [answer(401, "004")]);
  await Promise.all([fails(accounts.customer(), 401, "001"), fails(accounts.customer(), 401, "001")]);
  assert.equal(accounts.isSignedIn, false);
  assert.deepEqual(client.ended, ["ended"]);
});

test("wrong passwords, old sign-ins and unconfirmed addresses end no session", async () => {
  const { accounts, fates, sent, ended, email } = await signedIn();
  for (const code of ["003", "007", "008"]) {
    fates.set("PATCH /customers/me", [answer(401, code)]);
    await fails(accounts.updateCustomer({ firstName: "Sonja" }), 401, code);
  }
  await fails(accounts.signIn(email, "wrong"), 401, "003");
  const wrong = { password: "wrong", newPassword: "New-12345!", confirmPassword: "New-12345!" };
  await fails(accounts.changePassword(wrong), 400, "408");
  assert.equal(count(sent, "POST /refresh-tokens"), 0);
  assert.equal(accounts.isSignedIn, true);
  assert.deepEqual(ended, []);
});

test("signing out forgets the session even if the API cannot be reached, and tells", async () => {
  const { accounts, tokens, fates, ended } = await signedIn();
  const { refreshToken } = tokens.load("") ?? {};
  fates.set(`DELETE /refresh-tokens/${refreshToken}`.replace(/DE--[A-Z0-9]+/, "me"), [answer(503)]);
  await fails(accounts.signOut(), 503);
  assert.equal(accounts.isSignedIn, false);
  assert.deepEqual(ended, []);
  await accounts.signOut();
});

test("signing in again ends the session before", async () => {
  const { accounts, tokens, email } = await signedIn();
  const before = tokens.load("");
  await accounts.signIn(email, PASSWORD);
  const other = memoryTokens();
  for (let open = 2; open > 1; ) open = (await accounts.sessions()).length;
  if (before) other.save(before, "");
  await fails(createAccounts({ url, tokens: other }).customer(), 401, "001");
});

test("customers in one process do not share a session", async () => {
  const [one, other] = [await signedIn(), await signedIn()];
  assert.notEqual(one.accounts.reference, other.accounts.reference);
  assert.equal(newClient().accounts.isSignedIn, false);
});

test("whatever else answers at the address is no answer of the API", async () => {
  const { accounts, fates } = newClient();
  const page = () => new Response("<!doctype html>");
  fates.set("POST /access-tokens", [page, () => new Response("Bad gateway", { status: 502 })]);
  await fails(accounts.signIn("a@example.com", "secret"), 0);
  await fails(accounts.signIn("a@example.com", "secret"), 502);
});
