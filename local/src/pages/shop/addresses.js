// The address book: a list of cards, and one form for new and changed addresses.

import { addressLines, nameOf, refusedChange } from "./account.js";
import { accounts } from "./accounts.js";
import { ask, open } from "./dialog.js";
import { fill, onSubmit } from "./form.js";
import { lines, load, say, sentences } from "./page.js";
import { translate, words } from "./words.js";

export async function showAddresses(page) {
  const list = page.querySelector("ul");
  const [dialog, form] = [page.querySelector("dialog"), page.querySelector("form")];
  const [add, empty] = [page.querySelector("#add"), page.querySelector(".empty")];
  // The address in the form, undefined for a new one.
  let editing;
  // How often the form was opened, or was about to be.
  let times = 0;

  const refresh = () => load(page, () => accounts.addresses(), show);
  function show(addresses) {
    list.replaceChildren(...addresses.map(card));
    add.hidden = empty.hidden = addresses.length > 0;
    add.hidden = !add.hidden;
  }

  function edit(address) {
    editing = address;
    times += 1;
    if (address) fill(form, address.attributes);
    else form.reset();
    dialog.querySelector("h2").textContent = address ? words.addresses.change : words.addresses.add;
    open(dialog);
  }

  /** The list has no tags, so the address is fetched again, as it is now. */
  async function change(id) {
    const time = ++times;
    try {
      const address = await accounts.address(id);
      if (time === times && page.isConnected) edit(address);
    } catch (error) {
      if (page.isConnected) say({ bad: sentences(error) });
    }
  }

  function card({ id, attributes }) {
    const item = page.querySelector("template").content.firstElementChild.cloneNode(true);
    translate(item);
    const name = nameOf(attributes);
    item.querySelector("h2").textContent = name;
    lines(item.querySelector("address"), addressLines(attributes));
    item.querySelector("[data-default=shipping]").hidden = !attributes.isDefaultShipping;
    item.querySelector("[data-default=billing]").hidden = !attributes.isDefaultBilling;
    const [edit, remove] = item.querySelectorAll("button");
    edit.ariaLabel = words.addresses.changeOf(name, attributes.city);
    edit.addEventListener("click", () => change(id));
    remove.ariaLabel = words.addresses.removeOf(name, attributes.city);
    remove.addEventListener("click", async () => {
      const text = [name, ...addressLines(attributes)].filter(Boolean).join(", ");
      const question = { title: words.addresses.removeSure, text, submit: words.remove };
      if (!(await ask(question, () => accounts.deleteAddress(id)))) return;
      if (!(await refresh())) return;
      page.querySelector("h1").focus();
      say({ good: words.addresses.removed });
    });
    return item;
  }

  const send = (attributes) =>
    editing
      ? accounts.updateAddress(editing.id, attributes, { ifMatch: editing.etag })
      : accounts.addAddress(attributes);
  const done = async () => {
    dialog.close();
    if (!(await refresh())) return;
    page.querySelector("h1").focus();
    say({ good: words.addresses.saved });
  };
  onSubmit(form, send, done, (error, complain) =>
    refusedChange(error, complain, async () => {
      dialog.close();
      await refresh();
      await change(editing.id);
    }),
  );
  for (const button of [add, empty.querySelector("button")]) button.addEventListener("click", () => edit());
  await refresh();
}
