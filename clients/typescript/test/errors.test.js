// Problems by field, and a sentence for each in every language.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { describe } from "../src/index.js";
import { errorOf } from "../src/errors.js";
import { english } from "../src/texts/english.js";
import { german } from "../src/texts/german.js";

/** @param {object[]} errors */
const error = (...errors) => errorOf(new Response("", { status: 422, headers: { "Retry-After": "3" } }), { errors });

test("a form finds each field's problems once, and those of no field", () => {
  const at = (/** @type {string} */ field) => `/data/attributes/${field}`;
  const { fields, others, code, retryAfter } = error(
    { status: 422, code: "901", detail: "a", source: { pointer: at("acceptedTerms") }, meta: { rule: "true" } },
    { status: 422, code: "901", detail: "b", source: { pointer: at("city") }, meta: { rule: "min", limit: 3 } },
    { status: 422, code: "422", detail: "c", source: { pointer: at("acceptedTerms") }, meta: { rule: "true" } },
    { status: 422, code: "409", detail: "d" },
  );
  assert.deepEqual([...fields.keys()], ["acceptedTerms", "city"]);
  assert.equal(fields.get("acceptedTerms")?.length, 1);
  assert.deepEqual(fields.get("city"), [
    { status: 422, code: "901", detail: "b", field: "city", rule: "min", limit: 3 },
  ]);
  assert.deepEqual(others.map(({ detail }) => detail), ["d"]);
  assert.deepEqual([code, retryAfter], ["901", 3]);
});

test("a sentence comes from the rule, else the code, else the status, else the API", () => {
  const tooShort = { status: 422, code: "901", detail: "", field: "city", rule: "min", limit: 3 };
  assert.equal(describe(tooShort, english), "Please enter at least 3 characters.");
  assert.equal(describe(tooShort, german), "Bitte geben Sie mindestens 3 Zeichen ein.");
  assert.match(describe({ status: 412, code: "006", detail: "" }, english), /changed meanwhile.*load/);
  assert.match(describe({ status: 0, detail: "fetch failed" }, german), /erreichbar/);
  assert.equal(describe({ status: 418, code: "new", rule: "new", detail: "Teapot." }, german), "Teapot.");
});

test("every rule and every code of the API has a sentence in both languages", () => {
  const document = readFileSync(new URL("../../../openapi.yaml", import.meta.url), "utf8");
  const [, schema = ""] = /\n    Error:\n([^]*?)\n\n? {0,4}\S/.exec(document) ?? [];
  /** @param {string} member */
  const values = (member) => {
    const [, list = ""] = new RegExp(`\\n +${member}:\\n[^[]*\\[([^\\]]*)\\]`).exec(schema) ?? [];
    return list.split(",").map((value) => value.trim().replaceAll('"', ""));
  };
  const codes = values("code");
  const rules = values("rule");
  assert.ok(codes.length > 20 && rules.length > 15, `${codes} ${rules}`);
  for (const texts of [english, german]) {
    assert.deepEqual(Object.keys(texts.codes).sort(), codes.sort());
    assert.deepEqual(Object.keys(texts.rules).sort(), rules.sort());
    assert.deepEqual(Object.keys(texts.statuses), Object.keys(english.statuses));
  }
});
