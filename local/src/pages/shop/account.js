// The account's overview, profile, password and data.

import { accounts } from "./accounts.js";
import { countryName } from "./countries.js";
import { ask } from "./dialog.js";
import { fill, onSubmit } from "./form.js";
import { element, go, here, lines, load, say } from "./page.js";
import { words } from "./words.js";

export const nameOf = ({ firstName, lastName }) => [firstName, lastName].filter(Boolean).join(" ");

/** An address as it stands on a parcel. */
export const addressLines = ({ company, address1, address2, address3, zipCode, city, iso2Code, phone }) =>
  [company, `${address1} ${address2}`, address3, `${zipCode} ${city}`, countryName(iso2Code), phone];

/** What a change does about a refusal that any change can meet. Returns whether it was one. */
export function refusedChange(error, complain, showPresent) {
  if (error.status === 412) complain(words.changedElsewhere, [words.showPresent, showPresent]);
  else if (error.code === "007") go("/sign-in", { info: words.signInAgain }, { back: here(), again: true });
  return error.status === 412 || error.code === "007";
}

export async function showAccount(page) {
  const part = (name) => page.querySelector(`[data-part=${name}]`);
  const fetch = () => Promise.all([accounts.customer(), accounts.addresses(), accounts.sessions()]);
  await load(page, fetch, ([customer, addresses, sessions]) => {
    const name = nameOf(customer.attributes);
    if (name) page.querySelector("h1").textContent = words.account.hello(name);
    lines(part("profile"), [customer.attributes.email, words.account.customer(customer.id)]);
    const shipping = addresses.find(({ attributes }) => attributes.isDefaultShipping)?.attributes;
    lines(part("address"), shipping ? [nameOf(shipping), ...addressLines(shipping)] : [words.account.noAddress]);
    lines(part("devices"), [words.account.signedInOn(sessions.length)]);
  });
}

export async function showProfile(page) {
  const [profile, email] = ["#profile", "#email"].map((id) => page.querySelector(id));
  let customer;
  const show = (loaded) => {
    customer = loaded;
    fill(profile, customer.attributes);
    fill(email, customer.attributes);
  };
  // The tag makes sure that a change made elsewhere is not overwritten unseen.
  const change = (changes) => accounts.updateCustomer(changes, { ifMatch: customer.etag });
  const refused = (error, complain) =>
    refusedChange(error, complain, async () => {
      if (!(await load(page, () => accounts.customer(), show))) return;
      page.querySelector("h1").focus();
      say({ info: words.shownPresent });
    });
  // What is typed into the other form stays.
  onSubmit(profile, change, (changed) => {
    customer = changed;
    fill(profile, changed.attributes);
    say({ good: words.profile.saved });
  }, refused);
  onSubmit(email, change, (changed, wanted) => {
    const former = customer.attributes.email;
    customer = changed;
    fill(email, changed.attributes);
    const present = changed.attributes.email;
    if (wanted.email === former) say({ info: words.profile.sameEmail });
    // Another spelling of the same needs no confirmation.
    else if (wanted.email.toLowerCase() === former.toLowerCase()) say({ good: words.profile.saved });
    else if (present === wanted.email) say({ good: words.profile.emailChanged(present) });
    else say({ good: words.profile.emailWaits(wanted.email, present) });
  }, refused);
  await load(page, () => accounts.customer(), show);
}

export async function showPassword(page) {
  const form = page.querySelector("form");
  let email;
  const send = async (attributes) => {
    await accounts.changePassword(attributes);
    // The change has ended every session, including this one.
    await accounts.signIn(email, attributes.newPassword).catch(() => {});
  };
  onSubmit(form, send, () => {
    if (accounts.isSignedIn) go("/account", { good: words.password.done });
    else go("/sign-in", { good: words.password.doneSignIn }, { email });
  });
  await load(page, () => accounts.customer(), (customer) => {
    email = customer.attributes.email;
    form.querySelector("[autocomplete=username]").value = email;
  });
}

export function showData(page) {
  const contents = words.data.contents.map((textContent) => element("li", { textContent }));
  page.querySelector(".contents").append(...contents);
  onSubmit(page.querySelector("#export"), () => accounts.exportData(), (document) => {
    const file = URL.createObjectURL(new Blob([JSON.stringify(document, null, 2)], { type: "application/json" }));
    element("a", { href: file, download: `customer-${document.data.id}.json` }).click();
    URL.revokeObjectURL(file);
    say({ good: words.data.downloaded });
  });
  page.querySelector("#delete").addEventListener("click", async () => {
    const { deleteSure: title, deleteWhy: text, deleteSubmit: submit } = words.data;
    const isDone = await ask({ title, text, submit, sure: true }, () => accounts.deleteCustomer(), refusedChange);
    if (isDone) go("/", { good: words.data.deleted });
  });
}
