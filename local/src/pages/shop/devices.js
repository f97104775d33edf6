// Where the customer is signed in, and how to end that.

import { accounts } from "./accounts.js";
import { ask } from "./dialog.js";
import { onSubmit } from "./form.js";
import { go, load, say } from "./page.js";
import { ago, dateAndTime, translate, words } from "./words.js";

export async function showDevices(page) {
  const list = page.querySelector("ul");
  const [others, everywhere] = ["#others", "#everywhere"].map((id) => page.querySelector(id));
  let sessions;
  const fetch = () => accounts.sessions();
  const show = (loaded) => {
    // This device first, then those seen last.
    const order = ({ attributes }) => (attributes.isCurrent ? "~" : attributes.lastSeenAt);
    sessions = loaded.toSorted((a, b) => (order(a) < order(b) ? 1 : -1));
    list.replaceChildren(...sessions.map(row));
    others.hidden = sessions.length < 2;
  };
  const ended = async (text) => {
    await load(page, fetch, show);
    page.querySelector("h1").focus();
    say({ good: text });
  };

  function row({ id, attributes }) {
    const item = page.querySelector("template").content.firstElementChild.cloneNode(true);
    translate(item);
    const device = words.devices.label(attributes.device);
    item.querySelector("h2").textContent = device;
    const [seen, started] = [ago(dateOf(attributes.lastSeenAt)), dateAndTime(dateOf(attributes.startedAt))];
    item.querySelector("p").textContent = words.devices.times(seen, started);
    const [badge, button] = [item.querySelector(".badge"), item.querySelector("button")];
    badge.hidden = !attributes.isCurrent;
    button.hidden = attributes.isCurrent;
    button.ariaLabel = words.devices.ofDevice(device);
    button.addEventListener("click", async () => {
      const question = { title: words.devices.sure(device), text: words.devices.sureWhy, submit: words.nav.signOut };
      if (await ask(question, () => accounts.endSession(id))) await ended(words.devices.ended(device));
    });
    return item;
  }

  others.addEventListener("click", async () => {
    const { othersSure: title, sureWhy: text, others: submit } = words.devices;
    const end = () => {
      const ids = sessions.filter(({ attributes }) => !attributes.isCurrent).map(({ id }) => id);
      return Promise.all(ids.map((id) => accounts.endSession(id)));
    };
    if (await ask({ title, text, submit }, end)) await ended(words.devices.othersDone);
  });
  everywhere.addEventListener("click", async () => {
    const { everywhereSure: title, everywhereWhy: text, everywhere: submit } = words.devices;
    if (await ask({ title, text, submit }, () => accounts.signOutEverywhere())) signedOut();
  });
  await load(page, fetch, show);
}

/** The page that the warning of a copied session leads to. */
export function showEverywhere(page) {
  onSubmit(page.querySelector("form"), () => accounts.signOutEverywhere(), signedOut);
}

const signedOut = () => go("/password/forgotten", { good: words.everywhere.done });

// The API's times are UTC, as in 2026-02-28 12:00:00.000000.
const dateOf = (text) => new Date(`${text.replace(" ", "T")}Z`);
