// The pages of the shop: which template a path shows, and what its forms do.

import { Problems, call, own, register, session, signIn, signOut } from "./api.js";
import { showAddresses } from "./addresses.js";
import { fill, onSubmit } from "./form.js";

// The path that the shop is served at; mailed links lead to paths below it.
const ROOT = new URL(".", import.meta.url).pathname.replace(/\/$/, "");

const PAGES = {
  "/": { template: "welcome", show: welcome },
  "/register": { template: "register", show: showRegister },
  "/register/confirm": { template: "confirm", show: showConfirm },
  "/email/restore": { template: "take-back", show: showTakeBack },
  "/sign-in": { template: "sign-in", show: showSignIn },
  "/profile": { template: "profile", show: showProfile, signedIn: true },
  "/addresses": { template: "addresses", show: (page) => showAddresses(page, complain), signedIn: true },
  "/password": { template: "password", show: showPassword, signedIn: true },
  "/password/forgotten": { template: "forgotten", show: showForgotten },
  "/sign-out/everywhere": { template: "everywhere", show: showSignOutEverywhere, signedIn: true },
  "/password/restore": { template: "restore", show: showRestore },
};

const main = document.querySelector("main");
const status = document.getElementById("status");

/** Goes to a page of the shop and shows a message there. */
function go(path, message = "") {
  history.pushState(null, "", ROOT + path);
  render(message);
}

async function render(message = "") {
  const path = location.pathname.slice(ROOT.length).replace(/(.)\/$/, "$1") || "/";
  const page = PAGES[path] ?? PAGES["/"];
  if (page.signedIn && !session.isOpen) return go("/sign-in", "Please sign in first.");
  main.replaceChildren(document.getElementById(`${page.template}-page`).content.cloneNode(true));
  const heading = main.querySelector("h1");
  heading.tabIndex = -1;
  heading.focus();
  document.title = `${heading.textContent} – Sample shop`;
  status.textContent = message;
  for (const element of document.querySelectorAll("[data-when]")) {
    element.hidden = (element.dataset.when === "signed-in") !== session.isOpen;
  }
  for (const link of document.querySelectorAll("nav a")) {
    if (link.getAttribute("href") === ROOT + path) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  try {
    await page.show(main);
  } catch (error) {
    if (!(error instanceof Problems)) throw error;
    complain(error);
  }
}

/** Shows problems that did not come from a form. */
function complain(problems) {
  // A lost session has already been reported.
  if (problems.status !== 401) status.textContent = problems.message;
}

function welcome() {}

const only = (page) => page.querySelector("form");

function showRegister(page) {
  onSubmit(only(page), register, () => {
    go("/sign-in", "Welcome! We have mailed you a link to confirm your address. You can sign in already.");
  });
}

function showConfirm(page) {
  const registrationKey = tokenOfLink();
  const send = () =>
    call("POST", "/customer-confirmation", { type: "customer-confirmation", attributes: { registrationKey } });
  onSubmit(only(page), send, () => go("/sign-in", "Your e-mail address is confirmed."));
}

function showTakeBack(page) {
  const attributes = { restoreEmailKey: tokenOfLink() };
  const send = () =>
    call("POST", "/customer-email-restoration", { type: "customer-email-restoration", attributes });
  onSubmit(only(page), send, () => go("/sign-in", "The account is yours again. We have mailed you a link."));
}

function showSignIn(page) {
  const send = ({ username, password }) => signIn(username, password);
  onSubmit(only(page), send, () => go("/profile", "You are signed in."));
}

async function showProfile(page) {
  const form = page.querySelector("#profile");
  const change = (attributes) => own("PATCH", "", { type: "customers", attributes });
  onSubmit(form, change, ({ data }) => {
    fill(form, data.attributes);
    status.textContent = "Your profile is saved.";
  });
  const remove = page.querySelector("#delete");
  const erase = ({ sure }) => {
    if (!sure) throw new Problems(0, [{ code: "901", detail: "sure => Please tick this first." }]);
    return own("DELETE");
  };
  onSubmit(remove, erase, () => {
    session.forget();
    go("/", "Your account is deleted.");
  });
  const { data } = await own("GET");
  fill(form, data.attributes);
  page.querySelector("[data-reference]").textContent = data.id;
}

function showPassword(page) {
  const send = (attributes) =>
    call("PATCH", "/customer-password", { type: "customer-password", attributes, signedIn: true });
  onSubmit(only(page), send, () => {
    // The change has ended every session, including this one.
    session.forget();
    go("/sign-in", "Your password is changed. Please sign in with the new one.");
  });
}

function showForgotten(page) {
  const send = (attributes) =>
    call("POST", "/customer-forgotten-password", { type: "customer-forgotten-password", attributes });
  onSubmit(only(page), send, () => {
    go("/sign-in", "If we know this address, a link to set a new password is on its way to it.");
  });
}

function showRestore(page) {
  const restorePasswordKey = tokenOfLink();
  const send = (attributes) =>
    call("PATCH", "/customer-restore-password", {
      type: "customer-restore-password",
      attributes: { restorePasswordKey, ...attributes },
    });
  onSubmit(only(page), send, () => go("/sign-in", "Your new password is set. Please sign in with it."));
}

function showSignOutEverywhere(page) {
  const send = () => call("DELETE", "/refresh-tokens/mine", { signedIn: true });
  onSubmit(only(page), send, () => {
    session.forget();
    go("/password/forgotten", "You are signed out on all devices. You can set a new password here.");
  });
}

const tokenOfLink = () => new URLSearchParams(location.search).get("token") ?? "";

document.addEventListener("click", async (event) => {
  const link = event.target.closest("a[href]");
  const isPlain = !event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0;
  if (link?.pathname.startsWith(`${ROOT}/`) && link.origin === location.origin && isPlain) {
    event.preventDefault();
    go(link.pathname.slice(ROOT.length));
  } else if (event.target.id === "sign-out") {
    await signOut().catch(() => {});
    go("/", "You are signed out.");
  }
});
// Whatever ends a session on purpose goes to its own next page afterwards.
addEventListener("session-lost", () => go("/sign-in", "Your session has ended. Please sign in again."));
addEventListener("popstate", () => render());
render();
