// The shop's connection to the accounts, for all pages.

import { createAccounts, sessionTokens } from "/_local/client/index.js";
import { go, here } from "./page.js";
import { words } from "./words.js";

export const accounts = createAccounts({
  // The API's address, such as "https://accounts.example.com"; empty for the page's own origin.
  url: "",
  tokens: sessionTokens(),
  // The customer's mails are in the language in which they registered.
  fetch: (path, request) => fetch(path, { ...request, headers: { ...request.headers, "Accept-Language": words.tag } }),
  onSessionEnded: () => {
    if (document.querySelector(".in-account")) go("/sign-in", { info: words.sessionEnded }, { back: here() });
  },
});

// What the backend is configured to ask for, so that forms can say it before they are sent.
const setting = (name) => document.querySelector(`meta[name=${name}]`).content;
export const passwordMin = Number(setting("password-min"));
export const isCurrentProfile = setting("contract-profile") === "current";
