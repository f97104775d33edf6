// One mail: as HTML in a frame that can load and run nothing, as text, its links, headers and source.

const byId = (id) => document.getElementById(id);
const VIEWS = ["html", "text", "links", "headers", "source"];
let mail = null;
let view = "html";

export const isOpen = () => mail !== null;

/** Whether there is such a mail. */
export async function open(id) {
  const answer = await fetch(`/_local/mail/${encodeURIComponent(id)}`);
  if (!answer.ok) {
    close();
    return false;
  }
  mail = await answer.json();
  byId("subject").textContent = mail.subject || "No subject";
  byId("to").textContent = mail.to;
  byId("sent").textContent = new Date(mail.sentAt).toLocaleString(undefined, { dateStyle: "full", timeStyle: "medium" });
  byId("of-kind").textContent = mail.kind || "unknown";
  byId("text").textContent = mail.text;
  fill(`<!doctype html><base target="_blank">${mail.html}`);
  byId("source").textContent = "";
  byId("headers").replaceChildren(...mail.headers.flatMap(({ name, value }) => [node("dt", name), node("dd", value)]));
  byId("files").replaceChildren(...mail.attachments.map(file));
  for (const part of document.querySelectorAll(".of-files")) part.hidden = mail.attachments.length === 0;
  const found = links();
  byId("links").replaceChildren(...found.map(line));
  if (found.length === 0) byId("links").append(node("li", "There is no link in this mail."));
  const first = mail.text.split("\n").map((line) => line.trim()).find((line) => /^https?:\/\/\S+$/.test(line));
  byId("link").hidden = !first;
  if (first) byId("link").href = first;
  byId("mail").hidden = false;
  await look(view === "html" && mail.html === "" ? "text" : view);
  return true;
}

export function close() {
  mail = null;
  byId("mail").hidden = true;
  fill("");
}

/** In a new frame: what one shows after another is a step of its own for the browser's Back. */
function fill(html) {
  const frame = byId("html").cloneNode();
  frame.srcdoc = html;
  byId("html").replaceWith(frame);
}

async function look(as) {
  for (const name of VIEWS) byId(name).hidden = name !== as;
  for (const button of document.querySelectorAll("[data-view]")) {
    button.setAttribute("aria-pressed", String(button.dataset.view === as));
  }
  byId("device").hidden = as !== "html";
  if (as === "links") await check();
  if (as === "source") {
    const answer = await fetch(`/_local/mail/${encodeURIComponent(mail.id)}/source`);
    byId("source").textContent = await answer.text();
  }
}

function node(name, text, className = "") {
  const element = document.createElement(name);
  element.textContent = text;
  element.className = className;
  return element;
}

function file({ name, type, size }, number) {
  const link = node("a", `${name} (${type}, ${size.toLocaleString()} bytes)`);
  link.href = `/_local/mail/${encodeURIComponent(mail.id)}/attachments/${number}`;
  link.download = name;
  return link;
}

/** Every address in the mail with what it says there: those of the HTML, and those that only the text has. */
function links() {
  const html = new DOMParser().parseFromString(mail.html, "text/html");
  const found = new Map();
  for (const link of html.querySelectorAll("a[href], area[href]")) {
    const href = link.getAttribute("href").trim();
    if (!found.get(href)) found.set(href, link.textContent.trim().replace(/\s+/g, " "));
  }
  for (const [href] of mail.text.matchAll(/https?:\/\/[^\s<>"]+[^\s<>".,;:!?)]/g)) {
    if (!found.has(href)) found.set(href, "");
  }
  return [...found].map(([href, text]) => ({ href, text: text === href ? "" : text }));
}

function line({ href, text }) {
  const item = node("li", "");
  if (text) item.append(node("strong", text));
  if (/^https?:/i.test(href)) {
    const link = node("a", href);
    Object.assign(link, { href, target: "_blank", rel: "noopener noreferrer" });
    item.append(link);
  } else {
    item.append(node("code", href));
  }
  const page = ownPage(href);
  const status = node("span", page ? "" : isWeb(href) ? "Elsewhere: not checked" : "Not a web page", "small soft");
  if (page) status.dataset.page = page;
  item.append(status);
  return item;
}

const isWeb = (href) => /^https?:/i.test(href) && URL.canParse(href);

/** The page of this server that a link leads to, without its key: the page must be there, and the key stay as it is. */
function ownPage(href) {
  if (!isWeb(href)) return undefined;
  const { protocol, hostname, port, pathname } = new URL(href);
  const isLoopback = (name) => ["localhost", "127.0.0.1", "[::1]"].includes(name);
  const isOwn = protocol === location.protocol && port === location.port
    && (hostname === location.hostname || (isLoopback(hostname) && isLoopback(location.hostname)));
  return isOwn ? pathname : undefined;
}

async function check() {
  await Promise.all([...document.querySelectorAll("#links [data-page]")].map(async (status) => {
    status.textContent = "Checking…";
    const answer = await fetch(status.dataset.page, { method: "HEAD", headers: { Accept: "text/html" } }).catch(() => null);
    status.textContent = answer?.ok ? "This page is there." : `No page: ${answer ? `status ${answer.status}` : "no answer"}`;
    status.className = `small ${answer?.ok ? "good" : "problem"}`;
  }));
}

for (const button of document.querySelectorAll("[data-view]")) {
  button.addEventListener("click", () => look((view = button.dataset.view)));
}
for (const name of ["phone", "dark"]) {
  byId(name).addEventListener("click", () => {
    byId("html").classList.toggle(name);
    byId(name).setAttribute("aria-pressed", String(byId("html").classList.contains(name)));
  });
}
