// The shop's pages: which template a path shows, which language it speaks, and what is around it.

import { showAccount, showData, showPassword, showProfile } from "./account.js";
import { accounts } from "./accounts.js";
import { showAddresses } from "./addresses.js";
import { showDevices, showEverywhere } from "./devices.js";
import * as entrance from "./entrance.js";
import { put, typedInto } from "./form.js";
import { ROOT, copyOf, element, go, here, redirect, say } from "./page.js";
import { choose, other, translate, words } from "./words.js";

const PAGES = {
  "/": { template: "welcome" },
  "/register": { template: "register", show: entrance.showRegister },
  "/register/check-mail": { template: "check-mail", show: entrance.showCheckMail },
  "/register/confirm": { template: "confirm", show: entrance.showConfirm },
  "/register/used-link": { template: "used-link", show: entrance.showUsedConfirmationLink },
  "/email/restore": { template: "take-back", show: entrance.showTakeBack },
  "/sign-in": { template: "sign-in", show: entrance.showSignIn },
  "/password/forgotten": { template: "forgotten", show: entrance.showForgotten },
  "/password/restore": { template: "restore", show: entrance.showRestore },
  "/password/used-link": { template: "used-link", show: entrance.showUsedResetLink },
  "/account": { template: "account", show: showAccount, signedIn: true },
  "/profile": { template: "profile", show: showProfile, signedIn: true },
  "/addresses": { template: "addresses", show: showAddresses, signedIn: true },
  "/password": { template: "password", show: showPassword, signedIn: true },
  "/devices": { template: "devices", show: showDevices, signedIn: true },
  "/data": { template: "data", show: showData, signedIn: true },
  "/sign-out/everywhere": { template: "everywhere", show: showEverywhere, signedIn: true },
};
const UNKNOWN = { template: "unknown" };

/** Shows the page of the address, which finds in `state` what the page before has left for it. */
async function render(message) {
  await accounts.ready;
  const { template, show, signedIn = false } = PAGES[here()] ?? UNKNOWN;
  // The way back is a path of the shop's own, and not part of any link.
  if (signedIn && !accounts.isSignedIn) return redirect("/sign-in", { info: words.signInFirst }, { back: here() });
  const page = element("div", { id: "page" }, copyOf(`${template}-page`));
  document.getElementById("page").replaceWith(page);
  document.body.classList.toggle("in-account", signedIn);
  translate(document);
  for (const part of document.querySelectorAll("[data-when]")) {
    part.hidden = (part.dataset.when === "signed-in") !== accounts.isSignedIn;
  }
  for (const link of document.querySelectorAll("#account a")) {
    link.ariaCurrent = link.pathname === ROOT + here() ? "page" : null;
  }
  const language = document.querySelector("#language span");
  language.lang = other().tag;
  language.textContent = other().name;
  say(message);
  const shown = show?.(page, history.state ?? {});
  const heading = page.querySelector("h1");
  heading.tabIndex = -1;
  document.title = `${heading.textContent} – Sample shop`;
  await shown;
}

async function goOn({ detail = {} }) {
  const shown = render(detail);
  await accounts.ready;
  scrollTo(0, 0);
  document.querySelector("h1").focus();
  await shown;
}

let isChanging = false;
async function changeLanguage() {
  if (isChanging) return;
  isChanging = true;
  const fields = () => document.querySelectorAll("#page form [name]");
  const typed = [...fields()].map(typedInto);
  choose(other().tag);
  try {
    await render({});
  } finally {
    isChanging = false;
  }
  for (const [at, field] of fields().entries()) {
    if (typed[at] !== undefined) put(field, typed[at]);
  }
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href]");
  const isPlain = !event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0;
  if (!link?.pathname.startsWith(`${ROOT}/`) || link.origin !== location.origin || !isPlain) return;
  event.preventDefault();
  if (link.hash) document.querySelector(link.hash).focus();
  else go(link.pathname.slice(ROOT.length));
});
document.getElementById("language").addEventListener("click", changeLanguage);
document.getElementById("sign-out").addEventListener("click", async () => {
  const signedOut = { good: words.nav.signedOut };
  const message = await accounts.signOut().then(() => signedOut, () => ({ info: words.nav.signedOutHere }));
  go("/", message);
});
addEventListener("page", goOn);
addEventListener("popstate", goOn);
render({});
