// Forms that say beside each field what is wrong with it, as far as possible before they are sent.

import { AccountsError, describe } from "/_local/client/index.js";
import { isCurrentProfile, passwordMin } from "./accounts.js";
import { addCountries } from "./countries.js";
import { element, notice, sentences } from "./page.js";
import { texts, words } from "./words.js";

const CHOICES = {
  salutation: (select) => select.append(...options(words.salutations)),
  gender: (select) => select.append(...options(words.genders)),
  iso2Code: addCountries,
};

/**
 * On submission, calls `send` with the form's values, then `done` with the result. `refused` may deal with an error of
 * the API, and returns whether it has; it can show a message with a button through its second argument.
 */
export function onSubmit(form, send, done, refused = () => false) {
  const button = form.querySelector("[type=submit]");
  const alert = element("div", { role: "alert", className: "answer" });
  button.before(alert);
  for (const field of fields(form)) dress(field);
  const complain = (text, act) => alert.replaceChildren(notice(text, "bad", act));
  let hasFailed = false;
  let isBusy = false;

  form.addEventListener("reset", () => {
    hasFailed = false;
    alert.replaceChildren();
    for (const field of fields(form)) mark(field, null);
  });
  form.addEventListener("input", ({ target }) => {
    mark(target, hasFailed ? problemOf(target) : null);
    const repeated = fields(form).find(({ dataset }) => dataset.same === target.name);
    if (hasFailed && repeated?.value) mark(repeated, problemOf(repeated));
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (isBusy) return;
    alert.replaceChildren();
    for (const field of fields(form)) mark(field, problemOf(field));
    if (focusFirstProblem(form)) return (hasFailed = true);
    // Not disabled, which would lose the focus.
    isBusy = button.ariaBusy = true;
    try {
      const values = valuesOf(form);
      const result = await send(values);
      // Whoever has gone on to another page does not want to be fetched back.
      if (form.isConnected) await done(result, values);
    } catch (error) {
      if (!(error instanceof AccountsError)) throw error;
      if (!form.isConnected) return;
      hasFailed = true;
      if (!(await refused(error, complain))) show(form, error, complain);
    } finally {
      isBusy = false;
      button.ariaBusy = null;
    }
  });
}

/** Fills fields with a resource's attributes. */
export function fill(form, attributes) {
  form.reset();
  for (const field of fields(form)) {
    const value = attributes[field.name];
    put(field, field.type === "checkbox" ? value === true : (value ?? ""));
    field.filled = contentOf(field);
    // What the API cannot take back is no choice any more.
    if (field.name === "gender" && value) field.querySelector("[value='']")?.remove();
  }
}

/** What is in a field, and what the customer has put there since it was filled, if anything. */
const contentOf = ({ type, checked, value }) => (type === "checkbox" ? checked : value);
export const typedInto = (field) => {
  const content = contentOf(field);
  return content === (field.filled ?? (field.type === "checkbox" ? field.defaultChecked : "")) ? undefined : content;
};

export function put(field, content) {
  field[field.type === "checkbox" ? "checked" : "value"] = content;
  // The other of two salutations that are one in this language.
  if (field.name === "salutation" && content && !field.value) {
    field.append(new Option(words.salutations[content], content));
    field.value = content;
  }
}

const fields = (form) => [...form.elements].filter(({ name }) => name);

// An empty optional field is sent as null if its `data-empty` says so, to clear it, and otherwise not sent at all.
function valuesOf(form) {
  const attributes = {};
  for (const field of fields(form)) {
    if (field.type === "checkbox") attributes[field.name] = field.checked;
    else if (field.value !== "") attributes[field.name] = field.value;
    else if (field.dataset.empty === "null") attributes[field.name] = null;
  }
  return attributes;
}

/** Gives a field its label, its hint and a place for problems; a password a button that shows it. */
function dress(field) {
  const id = `${field.form.id}-${field.name}`;
  const isCheck = field.type === "checkbox";
  const label = element("label", { htmlFor: id, textContent: words.fields[field.dataset.label ?? field.name] });
  if (!field.required && !isCheck) {
    label.append(element("span", { className: "soft", textContent: ` (${words.optional})` }));
  }
  const problem = element("p", { id: `${id}-problem`, className: "problem" });
  const described = [problem.id];
  const box = element("div", { className: isCheck ? "field check" : "field" });
  field.replaceWith(box);
  field.id = id;
  if (CHOICES[field.name]) {
    field.append(new Option(field.required ? words.choose : words.profile.unset, ""));
    CHOICES[field.name](field);
  }
  if (isCheck) box.append(field, label, problem);
  else box.append(label, field.type === "password" ? withReveal(field) : field, problem);
  if ("new" in field.dataset) {
    field.dataset.min = passwordMin;
    const text = isCurrentProfile ? words.atLeastMixed(passwordMin) : words.atLeast(passwordMin);
    const hint = element("p", { id: `${id}-hint`, className: "hint", textContent: text });
    field.addEventListener("input", () => hint.classList.toggle("met", !isCurrentProfile && isLongEnough(field)));
    problem.before(hint);
    described.unshift(hint.id);
  }
  field.setAttribute("aria-describedby", described.join(" "));
}

// Two salutations may be one in a language; the first stands for both.
function options(names) {
  const entries = Object.entries(names);
  const isFirst = ([, text], at) => entries.findIndex((entry) => entry[1] === text) === at;
  return entries.filter(isFirst).map(([value, text]) => new Option(text, value));
}

function withReveal(field) {
  const button = element("button", { type: "button", className: "reveal" });
  const label = () => {
    const verb = field.type === "password" ? words.show : words.hide;
    const password = element("span", { className: "visually-hidden", textContent: ` ${words.whatPassword}` });
    button.replaceChildren(verb, password);
  };
  button.addEventListener("click", () => {
    field.type = field.type === "password" ? "text" : "password";
    label();
  });
  label();
  return element("div", { className: "with-reveal" }, field, button);
}

const isLongEnough = ({ value, dataset }) => [...value].length >= Number(dataset.min);

/** What can be known to be wrong without asking the API, as the API would put it. */
function problemOf(field) {
  const { name, type, value, required, validity, dataset } = field;
  if (type === "checkbox") return required && !field.checked ? { field: name, rule: "true" } : null;
  if (validity.badInput) return { field: name, rule: "date" };
  if (value === "") return required ? { field: name, rule: "notBlank" } : null;
  if (type === "email" && (validity.typeMismatch || !/@.+\../.test(value))) return { field: name, rule: "email" };
  if (dataset.min && !isLongEnough(field)) return { field: name, rule: "min", limit: Number(dataset.min) };
  if (dataset.same && value !== field.form.elements[dataset.same].value) {
    return { field: name, rule: "same", as: dataset.same };
  }
  return null;
}

/** Says below a field what is wrong with it, or nothing. */
export function mark(field, problem) {
  const place = document.getElementById(`${field.id}-problem`);
  if (!place) return;
  place.textContent = problem ? describe(problem, texts) : "";
  if (problem) field.setAttribute("aria-invalid", "true");
  else field.removeAttribute("aria-invalid");
}

function focusFirstProblem(form) {
  const first = form.querySelector("[aria-invalid]");
  first?.focus();
  return first !== null;
}

function show(form, error, complain) {
  const others = [...error.others];
  for (const [name, problems] of error.fields) {
    const field = fields(form).find((field) => field.name === name);
    if (field) mark(field, problems[0]);
    else others.push(...problems);
  }
  if (others.length > 0) complain(sentences(error, others));
  focusFirstProblem(form);
}
