// A customer's life from registration to anonymising, through a client generated from openapi.yaml.

import assert from "node:assert/strict";
import { test } from "node:test";
import createClient from "openapi-fetch";
import type { components, paths } from "./api.js";

const headers = { "Content-Type": "application/vnd.api+json" };
const anonymous = createClient<paths>({ baseUrl: process.env["BASE_URL"] ?? assert.fail("no BASE_URL"), headers });

type Address = components["schemas"]["NewAddressAttributes"];

const email = "jdoe@example.com";
const home: Address = {
  salutation: "Mr",
  firstName: "John",
  lastName: "Doe",
  address1: "11 Second Street",
  address2: "4th Floor",
  zipCode: "12312",
  city: "Berlin",
  iso2Code: "DE",
};

test("a customer registers, signs in, keeps an address, changes the password and leaves", async () => {
  const registered = await anonymous.POST("/customers", {
    body: {
      data: {
        type: "customers",
        attributes: {
          salutation: "Mr",
          firstName: "John",
          lastName: "Doe",
          email,
          password: "change123",
          confirmPassword: "change123",
          acceptedTerms: true,
        },
      },
    },
  });
  assert.equal(registered.response.status, 201);
  const { id: customerReference, links } = registered.data?.data ?? assert.fail("no customer");
  assert.equal(registered.response.headers.get("Location"), links.self);

  const customer = await signIn("change123");
  const path = { customerReference };
  const read = await customer.GET("/customers/{customerReference}", { params: { path } });
  assert.equal(read.data?.data.attributes.email, email);
  assert.equal(read.data.data.attributes.gender, null);

  const added = await customer.POST("/customers/{customerReference}/addresses", {
    params: { path },
    body: { data: { type: "addresses", attributes: home } },
  });
  assert.equal(added.response.status, 201);
  const addressId = added.data?.data.id ?? assert.fail("no id");
  const moved = await customer.PATCH("/customers/{customerReference}/addresses/{addressId}", {
    params: { path: { customerReference, addressId } },
    body: { data: { type: "addresses", attributes: { city: "Vienna", iso2Code: "AT" } } },
  });
  assert.equal(moved.data?.data.attributes.country, "Austria");
  const list = await customer.GET("/customers/{customerReference}/addresses", { params: { path } });
  assert.deepEqual(list.data?.data, [moved.data.data]);

  const renamed = await customer.PATCH("/customers/{customerReference}", {
    params: { path, query: { include: "addresses" } },
    body: { data: { type: "customers", attributes: { lastName: "Johnson", dateOfBirth: "1985-02-28" } } },
  });
  assert.equal(renamed.data?.data.attributes.lastName, "Johnson");
  assert.deepEqual(renamed.data.included, list.data.data);

  const changed = await customer.PATCH("/customer-password", {
    body: {
      data: {
        type: "customer-password",
        attributes: { password: "change123", newPassword: "321egnahc", confirmPassword: "321egnahc" },
      },
    },
  });
  assert.equal(changed.response.status, 204);
  await assertSignedOut(customer, customerReference);

  const again = await signIn("321egnahc");
  assert.equal((await again.DELETE("/refresh-tokens/mine")).response.status, 204);
  await assertSignedOut(again, customerReference);

  const last = await signIn("321egnahc");
  const gone = await last.DELETE("/customers/{customerReference}", { params: { path } });
  assert.equal(gone.response.status, 204);
  await assertSignedOut(last, customerReference);
});

test("an error says what is wrong, and its code is one of those in the document", async () => {
  const wrong = await anonymous.POST("/access-tokens", {
    body: { data: { type: "access-tokens", attributes: { username: "nobody@example.com", password: "change123" } } },
  });
  assert.equal(wrong.response.status, 401);
  assert.deepEqual(wrong.error?.errors, [{ status: 401, code: "003", detail: "Failed to authenticate user." }]);
});

async function signIn(password: string) {
  const { data } = await anonymous.POST("/access-tokens", {
    body: { data: { type: "access-tokens", attributes: { username: email, password } } },
  });
  const { accessToken, tokenType } = data?.data.attributes ?? assert.fail("no tokens");
  return createClient<paths>({
    baseUrl: process.env["BASE_URL"] ?? assert.fail("no BASE_URL"),
    headers: { ...headers, Authorization: `${tokenType} ${accessToken}` },
  });
}

async function assertSignedOut(customer: typeof anonymous, customerReference: string) {
  const { error } = await customer.GET("/customers/{customerReference}", { params: { path: { customerReference } } });
  assert.equal(error?.errors[0]?.code, "001");
}
