// What the tests share: the dev server's address, and customers.

import { randomUUID } from "node:crypto";

export const url = process.env.BASE_URL ?? "";

export const PASSWORD = "Change-me-1!";

/**
 * The attributes of somebody who has not registered yet.
 *
 * @returns {import("../src/index.js").NewCustomer}
 */
export const newCustomer = () => ({
  salutation: "Mr", firstName: "John", lastName: "Doe", email: `${randomUUID()}@example.com`,
  password: PASSWORD, confirmPassword: PASSWORD, acceptedTerms: true,
});
