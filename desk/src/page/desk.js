// Finds customers, shows one, and acts. What comes from the API is only ever set as text.

import { WORDS } from "./words.js";

const byId = (id) => document.getElementById(id);
// The tab's own storage: closing the tab forgets the ticket.
const storage = sessionStorage;

/** Milliseconds without a key before a search starts. Every search is on record, and one by name costs some seconds. */
const PAUSE = { prefix: 350, name: 700 };
const ACTIONS = ["send-reset", "send-confirmation", "sign-out", "secure", "confirm", "change-email", "anonymise"];
const REFERENCE = /^[A-Za-z0-9]{0,16}--[0-9A-Za-z]+$/;

let language = storage.getItem("language") ?? (/^de\b/i.test(navigator.language) ? "de" : "en");
let words = WORDS[language];
/** The answer to the last search, and to the last show. */
let found = null;
let shown = null;
/** Whether the user has chosen what to search by, until the field is emptied. */
let chosen = false;
let timer;
let search = new AbortController();

// --- The API ---------------------------------------------------------------------------------------------------------

class Problem extends Error {}

async function call(method, path, { body, signal } = {}) {
  let answer;
  let content = null;
  try {
    answer = await fetch(`api${path}`, {
      method,
      signal,
      headers: { "X-Desk": "1", "X-Reason": reason() },
      body: body && JSON.stringify(body),
    });
    const text = await answer.text();
    content = text && JSON.parse(text);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem(words.problems.offline);
  }
  if (answer.ok) return content;
  throw new Problem(inWords(answer.status, content?.errors ?? []));
}

function inWords(status, errors) {
  const { problems } = words;
  const details = errors.map(({ detail }) => detail).join(" ");
  if (status === 401 || status === 403) return problems.forbidden;
  if (status === 404) return errors.some(({ code }) => code) ? problems.unknown : problems.unsigned;
  if (status === 429) return problems.busy;
  if (status === 503 || status === 504) return problems.unavailable;
  if (details.startsWith("reason => ")) return words.reasonWrong;
  if (details.startsWith("reference => ")) return problems.reference;
  if (details.startsWith("email => ")) return problems.email;
  if (status === 422 && errors.some(({ code }) => code === "400")) return problems.taken;
  return details || problems.other(status);
}

// --- Small things ----------------------------------------------------------------------------------------------------

const reason = () => byId("reason").value.trim();
const isReason = (text) => /^[ -?A-~]{3,200}$/.test(text);
const nameOf = ({ firstName, lastName }) => [firstName, lastName].filter(Boolean).join(" ");
/** The person at the end of an ARN. */
const personOf = (arn) => arn.split("/").pop();
const dateOf = (at) => new Date(`${at.slice(0, 19).replace(" ", "T")}Z`);

function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children.filter((child) => child !== null));
  return made;
}

function time(at, style = { dateStyle: "medium", timeStyle: "short" }) {
  const date = dateOf(at);
  const text = Number.isNaN(date.getTime()) ? at : new Intl.DateTimeFormat(language, style).format(date);
  return element("time", { dateTime: `${at.slice(0, 19).replace(" ", "T")}Z`, textContent: text });
}

function say({ message = "", problem = "" } = {}) {
  byId("message").textContent = message;
  byId("problem").textContent = problem;
}

function translate(root) {
  for (const part of root.querySelectorAll("[data-word]")) part.textContent = words[part.dataset.word];
  for (const part of root.querySelectorAll("[data-label]")) {
    part.setAttribute("aria-label", words[part.dataset.label]);
  }
}

// --- Find ------------------------------------------------------------------------------------------------------------

const chosenBy = () => document.querySelector("[name=by]:checked").value;

/** What the typed text looks like: an address, a name, or a reference. */
function guess(text) {
  if (REFERENCE.test(text)) return "reference";
  if (/[@\d._+]/.test(text)) return "prefix";
  return /\s|^\p{Lu}/u.test(text) ? "name" : "prefix";
}

function typed() {
  const text = byId("text").value.trim();
  clearTimeout(timer);
  search.abort();
  if (text === "") chosen = false;
  const kind = guess(text);
  if (!chosen && kind !== "reference") document.querySelector(`[name=by][value=${kind}]`).checked = true;
  const isReference = kind === "reference" && !chosen;
  const isShort = [...text].length < 3;
  const hint = isReference ? "reference" : isShort && text !== "" ? "short" : chosenBy();
  byId("text-hint").textContent = words.findHint[hint];
  if (isReference) return;
  if (isShort) {
    found = null;
    list();
  } else {
    timer = setTimeout(() => find(text), PAUSE[chosenBy()]);
  }
}

async function find(text) {
  if (!mayAsk({ keepFocus: true })) return;
  search = new AbortController();
  const by = chosenBy();
  byId("count").textContent = words.searching;
  try {
    const query = new URLSearchParams({ [`filter[${by}]`]: text });
    found = { ...(await call("GET", `/customers?${query}`, { signal: search.signal })), by, text };
    say();
    list();
  } catch (error) {
    if (error.name === "AbortError") return;
    if (!(error instanceof Problem)) throw error;
    found = null;
    list();
    say({ problem: error.message });
  }
}

/** Whether there is a reason; asks for one if not. Whoever is still typing keeps the cursor. */
function mayAsk({ keepFocus = false } = {}) {
  const text = reason();
  const isRight = isReason(text);
  const field = byId("reason");
  field.setAttribute("aria-invalid", String(!isRight));
  byId("reason-hint").textContent = isRight || text === "" ? words.reasonHint : words.reasonWrong;
  if (isRight) {
    storage.setItem("reason", text);
  } else {
    say({ problem: text === "" ? words.reasonFirst : words.reasonWrong });
    if (!keepFocus) field.focus();
  }
  return isRight;
}

function list() {
  const { data, meta, by, text } = found ?? { data: [], meta: {} };
  byId("count").textContent = found ? words.found(data.length, meta.more, meta.incomplete) : "";
  const items = data.map(({ id, attributes }) => {
    const button = element(
      "button",
      { type: "button", className: "hit" },
      element("span", { className: "name", textContent: nameOf(attributes) || words.noName }),
      element("span", { className: "email", textContent: attributes.email ?? "" }),
      element("span", { className: "more" }, `${id} · `, time(attributes.createdAt, { dateStyle: "medium" })),
    );
    button.dataset.reference = id;
    button.setAttribute("aria-current", String(id === shown?.data.id));
    button.addEventListener("click", () => open(id));
    return element("li", {}, button);
  });
  if (found && data.length === 0 && by === "prefix" && guess(text) !== "reference" && !/[@\d]/.test(text)) {
    const button = element("button", { type: "button", className: "quiet", textContent: words.tryName(text) });
    button.addEventListener("click", () => {
      chosen = true;
      document.querySelector("[name=by][value=name]").checked = true;
      byId("text-hint").textContent = words.findHint.name;
      byId("text").focus();
      find(text);
    });
    items.push(element("li", {}, button));
  }
  byId("list").replaceChildren(...items);
}

// --- Show ------------------------------------------------------------------------------------------------------------

const current = () => decodeURIComponent(location.hash.slice(1));

/** The address names the customer, so that the browser's buttons lead from one to the next. */
function open(reference) {
  if (!mayAsk()) return;
  if (current() === reference) show();
  else location.hash = encodeURIComponent(reference);
}

async function show({ keepMessage = false } = {}) {
  const reference = current();
  if (reference === "") {
    shown = null;
    draw();
    return;
  }
  if (!mayAsk()) return;
  if (!keepMessage) say({ message: words.loading });
  try {
    const answer = await call("GET", `/customers/${encodeURIComponent(reference)}`);
    if (reference !== current()) return;
    shown = answer;
    // The list must not go on showing what has been changed or erased.
    for (const hit of found?.data ?? []) {
      if (hit.id === answer.data.id) hit.attributes = answer.data.attributes;
    }
    list();
    if (!keepMessage) say();
    draw();
    if (!keepMessage) {
      byId("card").focus({ preventScroll: true });
      scrollTo(0, 0);
    }
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    shown = null;
    draw();
    say({ problem: error.message });
  }
}

function draw() {
  const card = byId("card");
  card.hidden = shown === null;
  byId("nobody").hidden = shown !== null;
  document.body.classList.toggle("is-open", shown !== null);
  for (const hit of byId("list").querySelectorAll(".hit")) {
    hit.setAttribute("aria-current", String(hit.dataset.reference === shown?.data.id));
  }
  document.title = shown ? `${shown.data.id} · ${words.title}` : words.title;
  if (shown === null) {
    card.replaceChildren();
    return;
  }
  const page = byId("card-page").content.cloneNode(true);
  translate(page);
  const { data, included = [], meta } = shown;
  page.querySelector("#name").textContent = title();
  page.querySelector(".head .email").textContent = data.attributes.email ?? "";
  page.querySelector(".reference code").textContent = data.id;
  page.querySelector(".badges").append(...badges(meta));
  page.querySelector(".help").hidden = meta.isAnonymised;
  page.querySelector(".actions").append(...actions(meta));
  page.querySelector(".ticket").textContent = words.because(reason());
  page.querySelector(".attempts").textContent = words.attempts(meta.signIn);
  page.querySelector(".sessions").append(...sessions(meta));
  page.querySelector(".facts").append(...facts(data.attributes, meta));
  page.querySelector(".addresses").append(...addresses(included));
  page.querySelector(".timeline").append(...timeline(meta));
  page.querySelector("#back").addEventListener("click", close);
  card.replaceChildren(page);
}

const title = () =>
  shown.meta.isAnonymised ? words.anonymised : nameOf(shown.data.attributes) || words.noName;

function badges({ isConfirmed, isAnonymised, hasPassword, signIn }) {
  const kinds = isAnonymised
    ? [["anonymised", "bad"]]
    : [
        isConfirmed ? ["confirmed", "good"] : ["unconfirmed", "bad"],
        hasPassword ? null : ["noPassword", "bad"],
        signIn.lockedPlaces > 0 ? ["locked", "bad"] : null,
      ];
  return kinds
    .filter(Boolean)
    .map(([kind, tone]) => element("li", { className: `badge ${tone}`, textContent: words.badges[kind] }));
}

function sessions({ sessions }) {
  if (sessions.length === 0) return [element("li", { className: "hint", textContent: words.noSessions })];
  return sessions.map(({ device, lastSeenAt, startedAt }) => {
    const [name, when] = words.session(device, time(lastSeenAt).textContent, time(startedAt).textContent);
    return element(
      "li",
      {},
      element("span", { className: "device", textContent: name }),
      element("span", { className: "hint", textContent: when }),
    );
  });
}

function facts(attributes, meta) {
  const all = { ...attributes, ...meta };
  return Object.entries(words.facts).flatMap(([name, label]) => {
    const value = all[name];
    if (value === null || value === undefined || value === "") return [];
    const isTime = name.endsWith("At");
    const text = Object.hasOwn(words.values, value) ? words.values[value] : value;
    return [element("dt", { textContent: label }), element("dd", {}, isTime ? time(value) : text)];
  });
}

function addresses(included) {
  if (included.length === 0) return [element("li", { className: "hint", textContent: words.noAddresses })];
  return included.map(({ attributes }) => {
    const lines = [
      nameOf(attributes),
      attributes.company,
      [attributes.address1, attributes.address2].filter(Boolean).join(" "),
      attributes.address3,
      [attributes.zipCode, attributes.city].filter(Boolean).join(" "),
      attributes.country,
      attributes.phone,
    ];
    const uses = [
      attributes.isDefaultShipping && words.shipping,
      attributes.isDefaultBilling && words.billing,
    ].filter(Boolean);
    return element(
      "li",
      {},
      element("address", {}, ...lines.filter(Boolean).map((line) => element("span", { textContent: line }))),
      ...uses.map((use) => element("span", { className: "badge", textContent: use })),
    );
  });
}

/** Mails and the trail as one story, newest first. */
function timeline({ mails, trail }) {
  const entries = [
    ...mails.map((mail) => ({ at: mail.at, ...mailed(mail) })),
    ...trail.map((entry) => ({ at: entry.at, ...done(entry) })),
  ].sort((a, b) => (a.at < b.at ? 1 : -1));
  if (entries.length === 0) return [element("li", { className: "hint", textContent: words.nothing })];
  return entries.map(({ at, kind, text, more, command }) =>
    element(
      "li",
      { className: kind },
      element("p", { className: "when" }, time(at)),
      element("p", { className: "text", textContent: text }),
      more ? element("p", { className: "hint", textContent: more }) : null,
      command ? element("pre", { tabIndex: 0, textContent: command, ariaLabel: words.suppressed }) : null,
    ),
  );
}

function mailed({ kind, state, detail }) {
  const name = words.mails[kind] ?? kind;
  const sentence = (words.states[state] ?? (() => state))(detail);
  const isSuppressed = state === "bounced" && (detail ?? "").includes("OnAccountSuppressionList");
  const { email } = shown.data.attributes;
  return {
    kind: `mail ${["bounced", "complained", "refused", "rejected", "withheld"].includes(state) ? "bad" : ""}`,
    text: `${name} ${sentence}.`,
    more: isSuppressed ? words.suppressed : null,
    command: isSuppressed && email ? `aws sesv2 delete-suppressed-destination --email-address ${quoted(email)}` : null,
  };
}

/** For a shell: an address may have characters that mean something to it. */
const quoted = (text) => (/^[A-Za-z0-9@._+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

function done({ who, action, reason: why, sourceAddress }) {
  const sentence = words.trail[action] ?? ((person) => words.trail.other(person, action));
  return {
    kind: ["found", "show"].includes(action) ? "look" : "deed",
    text: `${sentence(personOf(who))}.`,
    more: [why && words.ticket(why), sourceAddress && words.from(sourceAddress)].filter(Boolean).join(", "),
  };
}

function close() {
  const reference = current();
  history.pushState(null, "", location.pathname);
  shown = null;
  draw();
  say();
  const hit = [...byId("list").querySelectorAll(".hit")].find((button) => button.dataset.reference === reference);
  (hit ?? byId("text")).focus();
}

// --- Act -------------------------------------------------------------------------------------------------------------

function actions(meta) {
  const isDone = (action) => meta.isConfirmed && ["confirm", "send-confirmation"].includes(action);
  const sensible = meta.isAnonymised ? [] : ACTIONS.filter((action) => !isDone(action));
  return sensible.map((action) => {
    const { name, what, sure } = words.actions[action];
    const button = element("button", { type: "button", className: sure ? "danger" : "", textContent: name });
    button.id = `act-${action}`;
    const hint = element("span", { className: "hint", id: `what-${action}`, textContent: what });
    button.setAttribute("aria-describedby", hint.id);
    button.addEventListener("click", () => (sure ? ask(action) : act(action)));
    return element("li", {}, button, hint);
  });
}

function ask(action) {
  if (!mayAsk()) return;
  const { name, sure, field } = words.actions[action];
  byId("sure-title").textContent = name;
  byId("sure-text").textContent = sure;
  const dialog = byId("sure");
  dialog.querySelector(".who").replaceChildren(
    element("span", { textContent: words.customer(title(), shown.data.id) }),
    element("span", { textContent: words.because(reason()) }),
  );
  byId("sure-field").hidden = !field;
  dialog.querySelector("label").textContent = field ?? "";
  byId("sure-input").value = "";
  byId("sure-input").type = action === "change-email" ? "email" : "text";
  complain("");
  byId("sure-yes").textContent = name;
  dialog.dataset.action = action;
  dialog.showModal();
  (field ? byId("sure-input") : byId("sure-no")).focus();
}

function complain(problem) {
  byId("sure-problem").textContent = problem;
  byId("sure-input").setAttribute("aria-invalid", String(problem !== ""));
  if (problem) byId("sure-input").focus();
}

async function confirmed(event) {
  event.preventDefault();
  const dialog = byId("sure");
  const { action } = dialog.dataset;
  const text = byId("sure-input").value.trim();
  if (action === "anonymise" && text !== shown.data.id) {
    complain(words.actions.anonymise.mismatch);
    return;
  }
  byId("sure-yes").disabled = true;
  const body = { data: { type: "change-email", attributes: { email: text } } };
  const problem = await act(action, action === "change-email" ? body : undefined);
  byId("sure-yes").disabled = false;
  if (problem && action === "change-email") {
    say();
    complain(problem);
  } else {
    dialog.close();
    (byId(`act-${action}`) ?? byId("card")).focus();
  }
}

/** Returns what went wrong, if anything did. */
async function act(action, body) {
  if (!mayAsk()) return words.reasonFirst;
  const reference = shown.data.id;
  say({ message: words.working });
  for (const button of byId("card").querySelectorAll(".actions button")) button.disabled = true;
  try {
    const answer = await call("POST", `/customers/${encodeURIComponent(reference)}/${action}`, { body });
    const { done, held } = words.actions[action];
    const isHeld = answer?.meta?.ordered === false;
    say(isHeld ? { problem: held } : { message: done });
    await show({ keepMessage: true });
    byId(`act-${action}`)?.focus();
    return null;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    say({ problem: error.message });
    for (const button of byId("card").querySelectorAll(".actions button")) button.disabled = false;
    byId(`act-${action}`)?.focus();
    return error.message;
  }
}

// --- Keys and languages ----------------------------------------------------------------------------------------------

function keys(event) {
  const { key, target } = event;
  if (byId("sure").open || event.ctrlKey || event.metaKey || event.altKey) return;
  const isField = target.matches("input, select, textarea");
  if (key === "Enter" && byId("find").contains(target)) {
    // A form with two fields and no button is not submitted by itself.
    entered(event);
  } else if (key === "/" && !isField) {
    event.preventDefault();
    byId("text").focus();
    byId("text").select();
  } else if (key === "Escape") {
    if (shown) close();
    else if (byId("text").value !== "") {
      byId("text").value = "";
      typed();
      byId("text").focus();
    }
  } else if (key === "ArrowDown" || key === "ArrowUp") {
    const stops = [byId("text"), ...byId("list").querySelectorAll("button")];
    const at = stops.indexOf(document.activeElement);
    const next = stops[at + (key === "ArrowDown" ? 1 : -1)];
    if (at >= 0 && next) {
      event.preventDefault();
      next.focus();
    }
  }
}

function entered(event) {
  event.preventDefault();
  const text = byId("text").value.trim();
  const hits = found?.text === text ? found.data : [];
  if (document.activeElement === byId("reason")) {
    if (mayAsk()) {
      say();
      byId("text").focus();
      typed();
    }
  } else if (!mayAsk()) return;
  else if (guess(text) === "reference" && !chosen) open(text);
  else if (hits.length === 1) open(hits[0].id);
  else if (hits.length > 1) byId("list").querySelector("button").focus();
  else if ([...text].length >= 3) {
    clearTimeout(timer);
    find(text);
  }
}

function speak(chosenLanguage) {
  language = chosenLanguage;
  words = WORDS[language];
  storage.setItem("language", language);
  document.documentElement.lang = language;
  translate(document);
  for (const button of document.querySelectorAll("[data-language]")) {
    button.setAttribute("aria-pressed", String(button.dataset.language === language));
  }
  byId("text-hint").textContent = words.findHint[chosenBy()];
  say();
  list();
  draw();
}

for (const button of document.querySelectorAll("[data-language]")) {
  button.addEventListener("click", () => speak(button.dataset.language));
}
for (const radio of document.querySelectorAll("[name=by]")) {
  radio.addEventListener("change", () => {
    chosen = true;
    typed();
  });
}
byId("text").addEventListener("input", typed);
byId("reason").addEventListener("input", () => byId("reason").removeAttribute("aria-invalid"));
byId("reason").addEventListener("change", () => {
  if (!mayAsk({ keepFocus: true })) return;
  say();
  for (const part of byId("card").querySelectorAll(".ticket")) part.textContent = words.because(reason());
  if (shown === null) typed();
});
byId("sure").querySelector("form").addEventListener("submit", confirmed);
byId("sure-no").addEventListener("click", () => byId("sure").close());
addEventListener("keydown", keys);
addEventListener("hashchange", () => show());
addEventListener("popstate", () => current() === "" && shown && show());

byId("reason").value = storage.getItem("reason") ?? "";
speak(language);
if (current() !== "") show();
else (reason() === "" ? byId("reason") : byId("text")).focus();
