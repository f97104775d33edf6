// A customer's life from registration to anonymising, in a strict TypeScript program that uses the packed package.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import { AccountsError, createAccounts, describe, memoryTokens } from "customer-accounts";
import type { NewAddress, NewCustomer, Problem } from "customer-accounts";
import { createHandler } from "customer-accounts/bff.js";
import { english } from "customer-accounts/texts/english.js";
import { german } from "customer-accounts/texts/german.js";

const url = process.env["BASE_URL"] ?? assert.fail("no BASE_URL");
const PASSWORD = "change123";

const newCustomer: NewCustomer = {
  salutation: "Mr", firstName: "John", lastName: "Doe", email: `${randomUUID()}@example.com`, password: PASSWORD,
  confirmPassword: PASSWORD, acceptedTerms: true,
};
const home: NewAddress = {
  salutation: "Mr", firstName: "John", lastName: "Doe", address1: "11 Second Street", address2: "4th Floor",
  zipCode: "12312", city: "Berlin", iso2Code: "DE",
};

test("a customer registers, signs in, keeps an address, changes the password and leaves", async () => {
  const accounts = createAccounts({ url, tokens: memoryTokens() });
  const { email } = newCustomer;
  const registered = await accounts.register(newCustomer);
  assert.equal(accounts.isSignedIn, false);

  const customer = await accounts.signIn(email, PASSWORD);
  assert.equal(customer.id, registered.id);
  assert.equal(accounts.reference, registered.id);
  assert.deepEqual(await accounts.customer(), registered);

  const added = await accounts.addAddress(home);
  assert.ok(added.etag);
  assert.deepEqual(await accounts.address(added.id), added);
  const moved = await accounts.updateAddress(added.id, { city: "Vienna", iso2Code: "AT" }, { ifMatch: added.etag });
  assert.equal(moved.attributes.country, "Austria");
  await rejects(accounts.updateAddress(added.id, { city: "Graz" }, { ifMatch: added.etag }), 412, "006");
  await rejects(accounts.deleteAddress(added.id, { ifMatch: added.etag }), 412, "006");
  assert.deepEqual(await accounts.addresses(), [{ ...moved, etag: undefined }]);
  await accounts.deleteAddress(added.id, { ifMatch: moved.etag });
  assert.deepEqual(await accounts.addresses(), []);

  const renamed = await accounts.updateCustomer({ lastName: "Johnson" }, { ifMatch: registered.etag });
  assert.equal(renamed.attributes.lastName, "Johnson");

  const other = createAccounts({ url, tokens: memoryTokens() });
  await other.signIn(email, PASSWORD);
  const sessions = await accounts.sessions();
  assert.deepEqual(sessions.map(({ attributes }) => attributes.isCurrent), [true, false]);
  await accounts.endSession(sessions[1]?.id ?? assert.fail("no session"));
  await rejects(other.customer(), 401, "001");
  assert.equal((await accounts.exportData()).data.id, registered.id);

  await accounts.changePassword({ password: PASSWORD, newPassword: "321egnahc", confirmPassword: "321egnahc" });
  assert.equal(accounts.isSignedIn, false);
  await rejects(accounts.customer(), 403, "002");
  await accounts.signIn(email, "321egnahc");
  await accounts.signOutEverywhere();
  assert.equal(accounts.isSignedIn, false);
  await accounts.signIn(email, "321egnahc");
  await accounts.deleteCustomer();
  assert.equal(accounts.isSignedIn, false);
  await rejects(accounts.signIn(email, "321egnahc"), 401, "003");
});

test("the account's mailed keys are sent as attributes", async () => {
  const accounts = createAccounts({ url, tokens: memoryTokens() });
  await accounts.forgotPassword("nobody@example.com");
  await accounts.requestConfirmation("nobody@example.com");
  const passwords = { password: PASSWORD, confirmPassword: PASSWORD };
  await rejects(accounts.restorePassword({ restorePasswordKey: "wrong", ...passwords }), 422, "415");
  await rejects(accounts.confirmEmail("wrong"), 422, "423");
  await rejects(accounts.restoreEmail("wrong"), 422, "423");
});

test("problems are typed, and so are the texts and the handler", async () => {
  const { register } = createAccounts({ url, tokens: memoryTokens() });
  const error = await register({ ...newCustomer, email: "nobody" }).catch((error: unknown) => error);
  assert.ok(error instanceof AccountsError);
  const problems: Problem[] = [...error.fields.values()].flat().concat(error.others);
  assert.equal(problems.length, 1);
  for (const texts of [english, german]) assert.ok(problems.every((problem) => describe(problem, texts)));

  const handler: (request: Request) => Promise<Response> = createHandler({ apiUrl: url, basePath: "/accounts" });
  assert.equal((await handler(new Request("http://127.0.0.1/accounts/customers"))).status, 403);
});

const rejects = (promise: Promise<unknown>, status: number, code: string) =>
  assert.rejects(promise, (error) => {
    assert.ok(error instanceof AccountsError);
    assert.deepEqual([error.status, error.code], [status, code]);
    return true;
  });
