// What all pages share: going from one to another, messages, waiting for data, and questions.

import { AccountsError, describe } from "/_local/client/index.js";
import { texts, translate, words } from "./words.js";

// The path that the shop is served at; mailed links lead to paths below it.
export const ROOT = new URL(".", import.meta.url).pathname.replace(/\/$/, "");

/** The page's path within the shop. */
export const here = () => location.pathname.slice(ROOT.length).replace(/(.)\/$/, "$1") || "/";

/**
 * Goes to a page of the shop and shows a message there: `{ good }`, `{ info }` or `{ bad }`.
 * `state` is for that page, and stays out of the address.
 */
export function go(path, message = {}, state = {}, how = "pushState") {
  history[how](state, "", ROOT + path);
  dispatchEvent(new CustomEvent("page", { detail: message }));
}

/** The same in place of this page, to which Back must not lead. */
export const redirect = (path, message, state) => go(path, message, state, "replaceState");

export function copyOf(id) {
  const copy = document.getElementById(id).content.cloneNode(true);
  translate(copy);
  return copy;
}

/** Shows one message, or none, above the page. `act` is a button's text and what it does. */
export function say({ good, info, bad, act }) {
  const [status, alert] = [document.getElementById("status"), document.getElementById("alert")];
  for (const place of [status, alert]) place.replaceChildren();
  const text = good ?? info ?? bad;
  if (!text) return;
  (bad ? alert : status).append(notice(text, bad ? "bad" : good ? "good" : "", act));
}

export function notice(text, kind, act) {
  const box = element("div", { className: `notice ${kind}` }, element("p", { textContent: text }));
  const properties = { type: "button", className: "quiet small" };
  if (act) box.append(element("button", { ...properties, textContent: act[0], onclick: act[1] }));
  return box;
}

export function element(name, properties, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

/** Fills an element with lines of text, leaving out those that are empty. */
export const lines = (place, texts) =>
  place.replaceChildren(...texts.filter(Boolean).map((textContent) => element("span", { textContent })));

/** All that an error of the API says, for people. Anything else is a mistake in the shop. */
export function sentences(error, problems = error.problems) {
  if (!(error instanceof AccountsError)) throw error;
  if (error.status === 429 && error.retryAfter) return words.wait(Math.ceil(error.retryAfter / 60));
  return problems.map((problem) => describe(problem, texts)).join(" ") || words.failed;
}

/**
 * Shows the page's skeleton until `fetch` has its data, then the page. A failure can be tried again. Resolves to whether
 * it has the data.
 */
export async function load(page, fetch, show) {
  const [waiting, ready] = ["waiting", "ready"].map((part) => page.querySelector(`[data-${part}]`));
  let data;
  try {
    waiting.hidden = !ready.hidden;
    data = await fetch();
  } catch (error) {
    if (page.isConnected) {
      const again = () => {
        say({});
        page.querySelector("h1").focus();
        load(page, fetch, show);
      };
      say({ bad: sentences(error), act: [words.tryAgain, again] });
    }
    return false;
  } finally {
    waiting.hidden = true;
  }
  await show(data);
  ready.hidden = false;
  return true;
}
