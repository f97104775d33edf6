// The pages for customers who are not signed in, and those that mailed links lead to.

import { accounts, isCurrentProfile } from "./accounts.js";
import { onSubmit } from "./form.js";
import { go, sentences } from "./page.js";
import { words } from "./words.js";

const only = (page) => page.querySelector("form");
const tokenOfLink = () => new URLSearchParams(location.search).get("token") ?? "";
const isUsedLink = ({ code }) => code === "415" || code === "423";
/** Fills in the e-mail that the customer has just typed on another page. */
const bring = (form, { email }) => email && (form.elements.email.value = email);

export function showRegister(page) {
  if (accounts.isSignedIn) return go("/account");
  const form = only(page);
  const { gender } = form.elements;
  if (isCurrentProfile) gender.required = true;
  else gender.remove();
  const send = async (attributes) => {
    await accounts.register(attributes);
    try {
      await accounts.signIn(attributes.email, attributes.password);
    } catch (error) {
      // The account exists, and can be signed in to once its e-mail is confirmed.
      if (error.status !== 401) throw error;
    }
  };
  const done = (_, { email }) => {
    if (accounts.isSignedIn) go("/account", { good: words.register.welcome(email) });
    else go("/register/check-mail", {}, { email });
  };
  onSubmit(form, send, done, (error, complain) => {
    if (error.code !== "400") return false;
    const email = form.elements.email.value;
    complain(words.register.taken, [words.register.signIn, () => go("/sign-in", {}, { email })]);
    return true;
  });
}

export function showCheckMail(page, { email }) {
  if (!email) return go("/sign-in");
  page.querySelector("p").textContent = words.checkMail.lead(email);
  onSubmit(only(page), () => accounts.requestConfirmation(email), () => {
    go("/register/check-mail", { good: words.checkMail.sent }, { email });
  });
}

export function showSignIn(page, { email, back = "/account", again = false }) {
  if (accounts.isSignedIn && !again) return go("/account");
  const form = only(page);
  const send = ({ email, password }) => accounts.signIn(email, password);
  onSubmit(form, send, () => go(back), (error, complain) => {
    if (error.code === "008") complain(sentences(error), [words.signIn.again, mailAgain]);
    return error.code === "008";
  });
  const mailAgain = async () => {
    const email = form.elements.email.value;
    await accounts.requestConfirmation(email);
    go("/register/check-mail", { good: words.checkMail.sent }, { email });
  };
  bring(form, { email });
}

export function showForgotten(page, state) {
  const form = only(page);
  onSubmit(form, ({ email }) => accounts.forgotPassword(email), (_, { email }) => {
    go("/sign-in", { good: words.forgotten.sent(email) }, { email });
  });
  bring(form, state);
}

export function showRestore(page) {
  const restorePasswordKey = tokenOfLink();
  if (!restorePasswordKey) return go("/password/used-link");
  const send = (attributes) => accounts.restorePassword({ restorePasswordKey, ...attributes });
  onSubmit(only(page), send, () => go("/sign-in", { good: words.restore.done }), (error) => {
    if (isUsedLink(error)) go("/password/used-link");
    return isUsedLink(error);
  });
}

export function showUsedResetLink(page) {
  usedLink(page, words.usedLink.reset, words.usedLink.resetWhy);
  onSubmit(only(page), ({ email }) => accounts.forgotPassword(email), (_, { email }) => {
    go("/sign-in", { good: words.forgotten.sent(email) }, { email });
  });
}

export function showConfirm(page) {
  const registrationKey = tokenOfLink();
  if (!registrationKey) return go("/register/used-link");
  const done = () => go(accounts.isSignedIn ? "/account" : "/sign-in", { good: words.confirm.done });
  onSubmit(only(page), () => accounts.confirmEmail(registrationKey), done, (error) => {
    if (isUsedLink(error)) go("/register/used-link");
    return isUsedLink(error);
  });
}

export function showUsedConfirmationLink(page) {
  usedLink(page, words.usedLink.confirm, words.usedLink.confirmWhy);
  onSubmit(only(page), ({ email }) => accounts.requestConfirmation(email), (_, { email }) => {
    go("/register/check-mail", { good: words.checkMail.sent }, { email });
  });
}

function usedLink(page, title, why) {
  page.querySelector("h1").textContent = title;
  page.querySelector("p").textContent = why;
}

export function showTakeBack(page) {
  const send = () => accounts.restoreEmail(tokenOfLink());
  onSubmit(only(page), send, () => go("/sign-in", { good: words.takeBack.done }), (error, complain) => {
    if (isUsedLink(error)) complain(words.takeBack.used);
    return isUsedLink(error);
  });
}
