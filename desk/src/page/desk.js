// Finds customers, shows one, and acts. What comes from the API is only ever set as text.

import { WORDS } from "./words.js";

const byId = (id) => document.getElementById(id);
// The tab's own storage: closing the tab forgets the ticket.
const storage = sessionStorage;

/** Milliseconds without a key before a search starts. Every search is on record, and one by name costs some seconds. */
const PAUSE = { prefix: 350, name: 700 };
const ACTIONS = ["send-reset", "send-confirmation", "sign-out", "secure", "confirm", "change-email", "anonymise"];
const MAILS = ["send-reset", "send-confirmation"];
/** What a customer's reference can be, and no e-mail address. */
const REFERENCE = /^(?=.*[A-Za-z0-9])[A-Za-z0-9._|-]{1,64}$/;

let language = storage.getItem("language") ?? (/^de\b/i.test(navigator.language) ? "de" : "en");
let words = WORDS[language];
/** The answer to the last search, and to the last show. */
let found = null;
let shown = null;
/** Whether the user has chosen what to search by, until the field is emptied. */
let chosen = false;
let timer;
let search = new AbortController();
/** The reference of the customer that is being loaded, and the number of the newest load. */
let loading = null;
let loads = 0;
/** The customers for whom an action has no answer yet. */
const acting = new Set();
/** What the open dialog asks about. */
let asked = null;

// --- The API ---------------------------------------------------------------------------------------------------------

class Problem extends Error {}

/** `isRight` says of a status, the JSON and the text whether that is an answer of a help desk. */
async function call(method, path, isRight, { body, signal } = {}) {
  const isChange = method === "POST";
  const { problems } = words;
  let status;
  let text;
  try {
    const headers = { "X-Desk": "1", "X-Reason": reason() };
    const answer = await fetch(`api${path}`, { method, signal, headers, body: body && JSON.stringify(body) });
    ({ status } = answer);
    text = await answer.text();
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem(isChange ? `${problems.offline} ${problems.unclear}` : problems.offline);
  }
  const content = parsed(text);
  if (isRight(status, content, text)) return content;
  const errors = Array.isArray(content?.errors) ? content.errors : [];
  throw new Problem(status < 400 ? other(isChange) : inWords(status, errors, isChange));
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** What answers is no help desk. */
const other = (isChange) => (isChange ? `${words.problems.notDesk} ${words.problems.unclear}` : words.problems.notDesk);

function inWords(status, errors, isChange) {
  const { problems } = words;
  const details = errors.map(({ detail }) => detail).join(" ");
  const has = (one) => errors.some(({ code }) => code === one);
  if (status === 401 || status === 403) return problems.forbidden;
  if (status === 404) return errors.some(({ code }) => code) ? problems.unknown : problems.unsigned;
  if (status === 429) return problems.busy;
  // The page's own program says so, before anything is sent.
  if (has("unreachable")) return problems.unreachable;
  if (status >= 500 && isChange) return `${problems.other(status)} ${problems.unclear}`;
  if (status >= 502) return problems.unavailable;
  if (details.startsWith("reason => ")) return words.reasonWrong;
  if (details.startsWith("reference => ")) return problems.reference;
  if (details.startsWith("email => ")) return problems.email;
  if (status === 422 && has("400")) return problems.taken;
  return details || problems.other(status);
}

// --- Small things ----------------------------------------------------------------------------------------------------

const reason = () => byId("reason").value.trim();
const isReason = (text) => /^[ -?A-~]{3,200}$/.test(text);
const nameOf = ({ firstName, lastName }) => [firstName, lastName].filter(Boolean).join(" ");
/** The person at the end of an ARN. */
const personOf = (arn) => arn.split("/").pop();
const dateOf = (at) => new Date(`${at.slice(0, 19).replace(" ", "T")}Z`);

/** Text that turns its direction around turns nothing else around. */
const isolated = (text) => element("bdi", { textContent: text });

/** A sentence, with the parts that somebody else has written set apart. */
function sentence(says, ...parts) {
  const [first, ...others] = says(...parts.map(() => "\0")).split("\0");
  return [first, ...others.flatMap((text, at) => [isolated(parts[at]), text])];
}

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
  if (REFERENCE.test(text) && /\||--|_.*\d|\d.*_/.test(text)) return "reference";
  if (text.includes("@")) return "prefix";
  if (/\s|[^ -~]/.test(text)) return "name";
  if (/[\d._+]/.test(text)) return "prefix";
  return /^\p{Lu}/u.test(text) ? "name" : "prefix";
}

/** In some scripts, one character is a name. */
const isShort = (text) => [...text].length < (chosenBy() === "name" && /[^ -~]/.test(text) ? 1 : 3);

function typed(event) {
  if (event?.isComposing) return;
  const text = byId("text").value.trim();
  clearTimeout(timer);
  search.abort();
  if (text === "") chosen = false;
  const kind = guess(text);
  if (!chosen && kind !== "reference") document.querySelector(`[name=by][value=${kind}]`).checked = true;
  const isReference = kind === "reference" && !chosen;
  const hint = isReference ? "reference" : isShort(text) && text !== "" ? "short" : chosenBy();
  byId("text-hint").textContent = words.findHint[hint];
  if (isReference || isShort(text)) found = null;
  list();
  if (!isReference && !isShort(text)) {
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
    const isRight = (status, content) => status === 200 && Array.isArray(content?.data) && Boolean(content.meta);
    found = { ...(await call("GET", `/customers?${query}`, isRight, { signal: search.signal })), by, text };
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
    document.body.classList.remove("is-asking");
  } else {
    say({ problem: text === "" ? words.reasonFirst : words.reasonWrong });
    if (!keepFocus) askForTicket();
  }
  return isRight;
}

/** On a small screen, an open card hides the field. */
function askForTicket() {
  document.body.classList.add("is-asking");
  byId("reason").focus();
  byId("reason").select();
}

/** Takes a new ticket, and opens the customer that had to wait for it. */
function ticketed() {
  if (!mayAsk({ keepFocus: true })) return false;
  say();
  for (const part of byId("card").querySelectorAll(".because")) part.replaceChildren(...because());
  if (!isOpen()) show();
  return true;
}

const because = () => sentence(words.because, reason());

function list() {
  const { data, meta, by, text } = found ?? { data: [], meta: {} };
  byId("count").textContent = found ? words.found(data.length, meta.more, meta.incomplete) : "";
  const items = data.map(({ id, attributes }) => {
    const button = element(
      "button",
      { type: "button", className: "hit" },
      element("span", { className: "name" }, isolated(nameOf(attributes) || words.noName)),
      element("span", { className: "email" }, isolated(attributes.email ?? "")),
      element("span", { className: "more" }, isolated(id), " · ", time(attributes.createdAt, { dateStyle: "medium" })),
    );
    button.dataset.reference = id;
    button.setAttribute("aria-current", String(id === shown?.data.id));
    button.addEventListener("click", () => open(id));
    return element("li", {}, button);
  });
  const now = byId("text").value.trim();
  if (REFERENCE.test(now) && /\d/.test(now)) items.push(offer(words.openReference(now), () => open(now)));
  if (found && by === "prefix" && !/[@\d]/.test(text)) items.push(offer(words.tryName(text), () => byName(text)));
  byId("list").replaceChildren(...items);
}

function offer(text, take) {
  const button = element("button", { type: "button", className: "quiet", textContent: text });
  button.addEventListener("click", take);
  return element("li", {}, button);
}

function byName(text) {
  chosen = true;
  document.querySelector("[name=by][value=name]").checked = true;
  byId("text-hint").textContent = words.findHint.name;
  byId("text").focus();
  find(text);
}

// --- Show ------------------------------------------------------------------------------------------------------------

/** The customer that the address names, or nothing. */
function current() {
  const text = location.hash.slice(1);
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

const isOpen = () => current() === (loading ?? shown?.data.id ?? "");

/** The address names the customer, so that the browser's buttons lead from one to the next. */
function open(reference) {
  if (!mayAsk()) return;
  if (current() === reference) show();
  else location.hash = encodeURIComponent(reference);
}

function isCard(reference) {
  return (status, content) => status === 200 && content?.data?.id === reference && Boolean(content.meta?.signIn);
}

/** Shows the customer that the address names. Of several loads, the newest wins. `done` stays said. */
async function show({ done = "" } = {}) {
  const reference = current();
  loads += 1;
  const load = loads;
  loading = null;
  if (reference === "" || !mayAsk()) {
    draw(null);
    return;
  }
  loading = reference;
  restrain();
  say({ message: done || words.loading });
  try {
    if (!REFERENCE.test(reference)) throw new Problem(words.problems.unknown);
    const answer = await call("GET", `/customers/${encodeURIComponent(reference)}`, isCard(reference));
    if (load !== loads) return;
    loading = null;
    // The list must not go on showing what has been changed or erased.
    for (const hit of found?.data ?? []) {
      if (hit.id === answer.data.id) hit.attributes = answer.data.attributes;
    }
    draw(answer);
    list();
    say({ message: done });
    if (!done) {
      byId("card").focus({ preventScroll: true });
      scrollTo(0, 0);
    }
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    if (load !== loads) return;
    loading = null;
    draw(null);
    say({ message: done, problem: done ? `${words.notReloaded} ${error.message}` : error.message });
  }
}

/** Nothing can be done with a card while another is loaded, or an action has no answer. */
function restrain() {
  byId("card").inert = loading !== null || acting.has(shown?.data.id);
}

function draw(answer) {
  shown = answer;
  restrain();
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
  page.querySelector("#name").append(isolated(title()));
  page.querySelector(".head .email").append(isolated(data.attributes.email ?? ""));
  page.querySelector(".reference code").append(isolated(data.id));
  page.querySelector(".badges").append(...badges(meta));
  page.querySelector(".help").hidden = meta.isAnonymised;
  page.querySelector(".actions").append(...actions(meta));
  page.querySelector(".because").append(...because());
  page.querySelector("#change-ticket").addEventListener("click", askForTicket);
  page.querySelector(".attempts").textContent = words.attempts(meta.signIn);
  page.querySelector(".sessions").append(...sessions(meta));
  page.querySelector(".facts").append(...facts(data.attributes, meta));
  page.querySelector(".addresses").append(...addresses(included));
  page.querySelector(".zone").textContent = words.localTimes(Intl.DateTimeFormat().resolvedOptions().timeZone);
  page.querySelector(".timeline").append(...timeline(meta));
  page.querySelector("#back").addEventListener("click", close);
  card.replaceChildren(page);
}

const title = () =>
  shown.meta.isAnonymised ? words.anonymised : nameOf(shown.data.attributes) || words.noName;

/** Whether mail to the customer's e-mail does not arrive, as far as the newest mail with a known fate tells. */
function isUnreachable({ mails, trail, confirmedAt }) {
  // Before that, mails went to another address, or had not arrived yet.
  const changedAt = trail.find(({ action }) => action === "change-email")?.at ?? "";
  const since = [changedAt, confirmedAt ?? ""].sort().at(-1);
  const fates = mails.filter(({ state }) => ["delivered", "bounced", "complained", "withheld"].includes(state));
  const newest = fates.filter(({ at }) => at && at > since).sort((a, b) => (a.at < b.at ? 1 : -1))[0];
  const isForGood = newest?.state !== "bounced" || (newest.detail ?? "").startsWith("Permanent");
  return newest !== undefined && newest.state !== "delivered" && isForGood;
}

/** Whether a reset takes the e-mail's owner for somebody else. An operator has vouched for an e-mail they have set. */
function isEmptiedByReset({ isConfirmed, trail }) {
  return !isConfirmed && !trail.some(({ action }) => action === "change-email");
}

function badges(meta) {
  const { isConfirmed, isAnonymised, hasPassword, signIn } = meta;
  const kinds = isAnonymised
    ? [["anonymised", "bad"]]
    : [
        isUnreachable(meta) ? ["unreachable", "bad"] : null,
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
    const isTime = /(At|Until)$/.test(name);
    const text = Object.hasOwn(words.values, value) ? words.values[value] : value;
    return [element("dt", { textContent: label }), element("dd", {}, isTime ? time(value) : isolated(text))];
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
      element("address", {}, ...lines.filter(Boolean).map((line) => element("span", {}, isolated(line)))),
      ...uses.map((use) => element("span", { className: "badge", textContent: use })),
    );
  });
}

/** Mails and the trail as one story, newest first. */
function timeline({ mails, trail }) {
  const entries = [
    ...mails.map((mail) => ({ at: mail.at, ...mailed(mail) })),
    ...trail.map((entry) => ({ at: entry.at, ...done(entry) })),
  ].sort((a, b) => ((a.at ?? "~") < (b.at ?? "~") ? 1 : -1));
  if (entries.length === 0) return [element("li", { className: "hint", textContent: words.nothing })];
  return entries.map(({ at, kind, text, more, command }) =>
    element(
      "li",
      { className: kind },
      at ? element("p", { className: "when" }, time(at)) : null,
      element("p", { className: "text" }, ...text),
      more.length > 0 ? element("p", { className: "hint" }, ...more) : null,
      command ? element("pre", { tabIndex: 0, textContent: command, ariaLabel: words.suppressed }) : null,
    ),
  );
}

function mailed({ kind, state, detail }) {
  const name = words.mails[kind] ?? kind;
  const fate = (words.states[state] ?? (() => state))(detail);
  const isSuppressed = state === "bounced" && (detail ?? "").includes("OnAccountSuppressionList");
  return {
    kind: `mail ${["bounced", "complained", "refused", "rejected", "withheld"].includes(state) ? "bad" : ""}`,
    text: [`${name} ${fate}.`],
    more: isSuppressed ? [words.suppressed] : [],
    // Which address a mail went to is not known: the customer may have another one since.
    command: isSuppressed ? "aws sesv2 delete-suppressed-destination --email-address ADDRESS" : null,
  };
}

function done({ who, action, reason: why, sourceAddress }) {
  const says = words.trail[action] ?? ((person) => words.trail.other(person, action));
  const more = [why && sentence(words.ticket, why), sourceAddress && sentence(words.from, sourceAddress)];
  return {
    kind: action === "show" ? "look" : "deed",
    text: [...sentence(says, personOf(who)), "."],
    more: more.filter(Boolean).flatMap((part, at) => (at > 0 ? [", ", ...part] : part)),
  };
}

function close() {
  const reference = current();
  history.pushState(null, "", location.pathname);
  show();
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
    const button = element("button", { type: "button", className: sure ? "danger" : "quiet", textContent: name });
    button.id = `act-${action}`;
    const hint = element("span", { className: "hint", textContent: what });
    const warned = MAILS.includes(action) ? warnings(action) : [];
    const warning = warned.length > 0 ? element("span", { className: "problem", textContent: warned.join(" ") }) : null;
    const about = element("span", { className: "about", id: `what-${action}` }, hint, warning);
    button.setAttribute("aria-describedby", about.id);
    const reference = shown.data.id;
    button.addEventListener("click", () => (sure ? ask(action) : act(action, reference)));
    return element("li", {}, button, about);
  });
}

/** What may come as a surprise with an action that mails a key. */
function warnings(action) {
  const { meta } = shown;
  const isReset = action === "send-reset" || action === "secure";
  return [
    isUnreachable(meta) && words.unreachable,
    isReset && isEmptiedByReset(meta) && words.empties,
    action === "secure" && meta.takeBackUntil && words.takeBack(time(meta.takeBackUntil).textContent),
  ].filter(Boolean);
}

function ask(action) {
  if (!mayAsk()) return;
  const { name, sure, field } = words.actions[action];
  const { id, attributes } = shown.data;
  asked = { action, reference: id };
  byId("sure-title").textContent = name;
  byId("sure-text").replaceChildren(...sentence(sure, ...(sure.length > 0 ? [attributes.email ?? ""] : [])));
  const warned = action === "secure" ? warnings(action) : [];
  byId("sure-warnings").replaceChildren(...warned.map((warning) => element("li", { textContent: warning })));
  const dialog = byId("sure");
  dialog.querySelector(".who").replaceChildren(
    element("span", {}, ...sentence(words.customer, title(), id)),
    element("span", {}, ...because()),
  );
  byId("sure-field").hidden = !field;
  dialog.querySelector("label").textContent = field ?? "";
  byId("sure-input").value = "";
  byId("sure-input").type = action === "change-email" ? "email" : "text";
  complain("");
  byId("sure-yes").textContent = name;
  byId("sure-yes").disabled = false;
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
  const mine = asked;
  const { action, reference } = mine;
  const text = byId("sure-input").value.trim();
  if (action === "anonymise" && text !== reference) {
    complain(words.actions.anonymise.mismatch);
    return;
  }
  byId("sure-yes").disabled = true;
  const body = { data: { type: "change-email", attributes: { email: text } } };
  const problem = await act(action, reference, action === "change-email" ? body : undefined);
  // Whoever has left the dialog may have another one open.
  if (asked !== mine) return;
  byId("sure-yes").disabled = false;
  if (problem && action === "change-email") {
    say();
    complain(problem);
  } else {
    byId("sure").close();
    (byId(`act-${action}`) ?? byId("card")).focus();
  }
}

/** Acts on the customer of that reference, whoever is shown. Returns what went wrong, if anything did. */
async function act(action, reference, body) {
  if (!mayAsk()) return words.reasonFirst;
  say({ message: words.working });
  acting.add(reference);
  restrain();
  const isRight = (status, content, text) =>
    MAILS.includes(action) && status === 202
      ? typeof content?.meta?.ordered === "boolean"
      : status === 204 && text === "" && action !== "send-reset";
  let outcome;
  try {
    const answer = await call("POST", `/customers/${encodeURIComponent(reference)}/${action}`, isRight, { body });
    const { done, held } = words.actions[action];
    outcome = answer?.meta.ordered === false ? { problem: held } : { message: done };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    outcome = { problem: error.message };
  } finally {
    acting.delete(reference);
    restrain();
  }
  const { message, problem } = outcome;
  if (current() !== reference) {
    const named = (text) => text && words.about(reference, text);
    say({ message: named(message), problem: named(problem) });
  } else if (message) {
    await show({ done: message });
  } else {
    say({ problem });
  }
  if (current() === reference && asked === null) byId(`act-${action}`)?.focus();
  return problem ?? null;
}

// --- Keys and languages ----------------------------------------------------------------------------------------------

function keys(event) {
  const { key, target } = event;
  if (event.isComposing || byId("sure").open || event.ctrlKey || event.metaKey || event.altKey) return;
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
    const isAsked = document.body.classList.contains("is-asking");
    if (!ticketed()) byId("reason").focus();
    else if (shown && isAsked) byId("change-ticket").focus();
    else if (isOpen() && loading === null) {
      byId("text").focus();
      typed();
    }
  } else if (!mayAsk()) return;
  else if (guess(text) === "reference" && !chosen) open(text);
  else if (hits.length === 1) open(hits[0].id);
  else if (hits.length > 1) byId("list").querySelector("button").focus();
  else if (text !== "" && !isShort(text)) {
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
  draw(shown);
  list();
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
byId("text").addEventListener("compositionend", () => typed());
byId("reason").addEventListener("input", () => byId("reason").removeAttribute("aria-invalid"));
byId("reason").addEventListener("change", () => {
  if (ticketed() && isOpen() && shown === null && loading === null) typed();
});
byId("sure").querySelector("form").addEventListener("submit", confirmed);
byId("sure-no").addEventListener("click", () => byId("sure").close());
addEventListener("keydown", keys);
byId("sure").addEventListener("close", () => {
  asked = null;
});
for (const moved of ["hashchange", "popstate"]) {
  addEventListener(moved, () => {
    byId("sure").close();
    if (!isOpen()) show();
  });
}

// Where the page is not the only one of its server, that server has a page that leads to all.
byId("home").hidden = location.pathname === "/";
byId("reason").value = storage.getItem("reason") ?? "";
speak(language);
if (current() !== "") show();
else (reason() === "" ? byId("reason") : byId("text")).focus();
