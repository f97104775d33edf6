// The pages for customers who are not signed in, and those that mailed links lead to.

import { accounts, isCurrentProfile } from "./accounts.js";
import { onSubmit } from "./form.js";
import { go, redirect, say, sentences } from "./page.js";
import { words } from "./words.js";

const only = (page) => page.querySelector("form");
const tokenOfLink = () => new URLSearchParams(location.search).get("token") ?? "";
/** The account of the link may be another one, and its sessions have ended. */
const leave = () => accounts.signOut().catch(() => {});
const isUsedLink = ({ code }) => code === "415" || code === "423";
/** Fills in the e-mail that the customer has just typed on another page. */
const bring = (form, { email }) => email && (form.elements.email.value = email);

export function showRegister(page) {
  if (accounts.isSignedIn) return redirect("/account");
  const form = only(page);
  const { gender } = form.elements;
  if (isCurrentProfile) gender.required = true;
  else gender.remove();
  const send = async (attributes) => {
    await accounts.register(attributes);
    // Whatever comes of it, the account exists.
    return accounts.signIn(attributes.email, attributes.password).then(() => null, (error) => error);
  };
  const done = (error, { email }) => {
    if (!error) redirect("/account", { good: words.register.welcome(email) });
    else if (error.status === 401) redirect("/register/check-mail", {}, { email });
    else redirect("/sign-in", { good: words.register.signInNow }, { email });
  };
  onSubmit(form, send, done, (error, complain) => {
    if (error.code !== "400") return false;
    const email = form.elements.email.value;
    complain(words.register.taken, [words.register.signIn, () => go("/sign-in", {}, { email })]);
    return true;
  });
}

export function showCheckMail(page, { email }) {
  if (!email) return redirect("/sign-in");
  page.querySelector("p").textContent = words.checkMail.lead(email);
  onSubmit(only(page), () => accounts.requestConfirmation(email), () => {
    go("/register/check-mail", { good: words.checkMail.sent }, { email });
  });
}

export function showSignIn(page, { email, back = "/account", again = false }) {
  if (accounts.isSignedIn && !again) return redirect("/account");
  const form = only(page);
  let tried;
  const send = ({ email, password }) => accounts.signIn((tried = email), password);
  onSubmit(form, send, () => redirect(back), (error, complain) => {
    const mailAgain = async () => {
      try {
        await accounts.requestConfirmation(tried);
        go("/register/check-mail", { good: words.checkMail.sent }, { email: tried });
      } catch (error) {
        complain(sentences(error), [words.signIn.again, mailAgain]);
      }
    };
    if (error.code === "008") complain(sentences(error), [words.signIn.again, mailAgain]);
    return error.code === "008";
  });
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
  if (!restorePasswordKey) return redirect("/password/used-link");
  const send = async (attributes) => {
    await accounts.restorePassword({ restorePasswordKey, ...attributes });
    await leave();
  };
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
  if (!registrationKey) return redirect("/register/used-link");
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
  const restoreEmailKey = tokenOfLink();
  if (!restoreEmailKey) {
    only(page).remove();
    return say({ bad: words.takeBack.used });
  }
  const send = async () => {
    await accounts.restoreEmail(restoreEmailKey);
    await leave();
  };
  onSubmit(only(page), send, () => go("/sign-in", { good: words.takeBack.done }), (error, complain) => {
    if (isUsedLink(error)) complain(words.takeBack.used);
    return isUsedLink(error);
  });
}
