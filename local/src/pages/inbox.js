// The inbox: lists and filters the mails, and looks for new ones every two seconds. The address names the open one.

import { close, isOpen, open } from "/_local/mail.js";

const byId = (id) => document.getElementById(id);
const list = byId("mails");
const filters = document.querySelector(".filters");
let mails = [];
let version = null;
let read = new Set(JSON.parse(localStorage.getItem("read-mails") ?? "[]"));

const idOpen = () => location.hash.slice(1);

async function refresh() {
  try {
    const answer = await fetch("/_local/mail", { headers: version ? { "If-None-Match": version } : {} });
    if (answer.status !== 304) {
      mails = (await answer.json()).reverse();
      version = answer.headers.get("ETag");
      keepRead([...read].filter((id) => mails.some((mail) => mail.id === id)));
      offer("address", "All addresses", mails.map((mail) => mail.to));
      offer("kind", "All kinds", mails.map((mail) => mail.kind));
      show();
    }
    count();
  } catch {
    byId("count").textContent = "The server does not answer.";
  }
}

/** The values that a filter can have, and what it has while that still exists. */
function offer(filter, all, values) {
  const select = byId(filter);
  const chosen = select.value;
  const found = [...new Set(values)].filter(Boolean).sort();
  select.replaceChildren(new Option(all, ""), ...found.map((value) => new Option(value)));
  select.value = found.includes(chosen) ? chosen : "";
}

function shown() {
  const words = byId("search").value.toLowerCase().split(/\s+/);
  const [address, kind] = [byId("address").value, byId("kind").value];
  return mails.filter((mail) => {
    const text = `${mail.subject}\n${mail.to}\n${mail.text}`.toLowerCase();
    return words.every((word) => text.includes(word))
      && (!address || mail.to === address) && (!kind || mail.kind === kind);
  });
}

function show() {
  const focused = document.activeElement?.dataset.mail;
  const found = shown();
  list.replaceChildren(...found.map(row));
  list.hidden = found.length === 0;
  filters.hidden = mails.length === 0;
  byId("clear").hidden = mails.length === 0;
  byId("empty").hidden = mails.length > 0 || version === null;
  byId("no-hit").hidden = mails.length === 0 || found.length > 0;
  byId("nothing-open").hidden = isOpen() || mails.length === 0;
  if (focused) rowOf(focused)?.focus();
}

function row(mail) {
  const button = document.createElement("button");
  button.type = "button";
  button.dataset.mail = mail.id;
  button.classList.toggle("unread", !read.has(mail.id));
  if (mail.id === idOpen()) button.setAttribute("aria-current", "true");
  for (const [name, text] of [["subject", mail.subject || "No subject"], ["to", mail.to], ["sent", shortTimeOf(mail)]]) {
    const part = document.createElement("span");
    part.className = name;
    part.textContent = text;
    button.append(part);
  }
  if (!read.has(mail.id)) button.insertAdjacentHTML("afterbegin", '<span class="visually-hidden">Unread: </span>');
  button.addEventListener("click", () => {
    if (idOpen() === mail.id) return byId("subject").focus();
    location.hash = mail.id;
  });
  const item = document.createElement("li");
  item.append(button);
  return item;
}

/** The time of a mail of today, the day of an older one. */
function shortTimeOf({ sentAt }) {
  const at = new Date(sentAt);
  const isOfToday = at.toDateString() === new Date().toDateString();
  return at.toLocaleString(undefined, isOfToday ? { timeStyle: "short" } : { dateStyle: "medium" });
}

const rowOf = (id) => [...list.querySelectorAll("button")].find((button) => button.dataset.mail === id);

function count() {
  const unread = mails.filter((mail) => !read.has(mail.id)).length;
  const text = `${mails.length === 1 ? "1 mail" : `${mails.length} mails`}${unread ? `, ${unread} unread` : ""}`;
  // A status that is set anew is read out anew.
  if (byId("count").textContent !== text) byId("count").textContent = text;
  document.title = `${unread ? `(${unread}) ` : ""}Inbox: dev server`;
}

function keepRead(ids) {
  read = new Set(ids);
  localStorage.setItem("read-mails", JSON.stringify([...read]));
}

/** Shows the mail that the address names, or none. `steps` is set if the list keeps the focus. */
let steps = false;
async function follow() {
  const id = idOpen();
  const before = document.querySelector("#mails [aria-current]")?.dataset.mail;
  if (!id) {
    close();
  } else if (await open(id)) {
    keepRead([...read, id]);
  } else {
    history.replaceState(null, "", location.pathname);
    byId("count").textContent = "This mail is no longer there.";
  }
  document.body.classList.toggle("reading", isOpen());
  show();
  if (id && isOpen()) count();
  const target = steps || !isOpen() ? rowOf(id || before) : null;
  if (target?.checkVisibility()) {
    target.focus({ preventScroll: true });
    target.scrollIntoView({ block: "nearest" });
  } else if (isOpen()) {
    byId("subject").focus();
  }
  steps = false;
}

/** Opens the mail after the one that has the focus or is open, or the one before. */
function step(by) {
  const found = shown();
  const from = document.activeElement.dataset.mail ?? idOpen();
  const at = found.findIndex((mail) => mail.id === from);
  const next = found[at === -1 ? (by > 0 ? 0 : -1) : at + by];
  if (!next) return;
  steps = true;
  location.hash = next.id;
}

const leave = () => { location.hash = ""; };

function ask(question) {
  const dialog = byId("confirm");
  byId("question").textContent = question;
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}

async function remove(path) {
  const answer = await fetch(path, { method: "DELETE" });
  // Somebody else may have deleted it before.
  if (!answer.ok && answer.status !== 404) {
    byId("count").textContent = await answer.text();
    return;
  }
  await refresh();
}

async function deleteOpen() {
  if (!(await ask("Delete this mail?"))) return;
  const found = shown();
  const at = found.findIndex((mail) => mail.id === idOpen());
  const next = document.querySelector(".list").checkVisibility() ? (found[at + 1] ?? found[at - 1]) : undefined;
  await remove(`/_local/mail/${encodeURIComponent(idOpen())}`);
  steps = true;
  location.hash = next?.id ?? "";
}

for (const name of ["yes", "no"]) byId(name).addEventListener("click", () => byId("confirm").close(name));
byId("clear").addEventListener("click", async () => {
  const question = mails.length === 1 ? "Delete the only mail?" : `Delete all ${mails.length} mails?`;
  if (!(await ask(question))) return;
  await remove("/_local/mail");
  leave();
});
byId("delete").addEventListener("click", deleteOpen);
byId("back").addEventListener("click", leave);
byId("all").addEventListener("click", () => {
  filters.reset();
  show();
  byId("search").focus();
});
filters.addEventListener("input", show);
filters.addEventListener("submit", (event) => event.preventDefault());

document.addEventListener("keydown", (event) => {
  const { key, target } = event;
  const types = target.closest("input, select, textarea, dialog");
  if (key === "Escape" && target.id === "search") return void (target.value = "", show());
  if (types || event.ctrlKey || event.metaKey || event.altKey) return;
  const arrow = target.closest("#mails") && { ArrowDown: 1, ArrowUp: -1 }[key];
  const by = arrow || { j: 1, k: -1 }[key];
  if (by) step(by);
  else if (key === "Escape" && isOpen()) leave();
  else if (key === "/" && !filters.hidden) byId("search").focus();
  else return;
  event.preventDefault();
});

addEventListener("hashchange", follow);
await refresh();
if (idOpen()) await follow();
setInterval(() => document.hidden || refresh(), 2000);
