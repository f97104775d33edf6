// The address book: a list of cards, and one form for new and changed addresses.

import { Problems, own } from "./api.js";
import { fill, onSubmit } from "./form.js";

/** `complain` receives the problems that arise outside the form. */
export async function showAddresses(page, complain) {
  const [list, form] = [page.querySelector("ul"), page.querySelector("form")];
  const dialog = page.querySelector("dialog");
  let editing = null;

  function edit(address, title) {
    editing = address?.id ?? null;
    form.reset();
    if (address) fill(form, address.attributes);
    dialog.querySelector("h2").textContent = title;
    dialog.showModal();
  }

  async function refresh() {
    const { data } = await own("GET", "/addresses");
    list.replaceChildren(...data.map((address) => card(address)));
    page.querySelector(".empty").hidden = data.length > 0;
  }

  function card(address) {
    const item = page.querySelector("template").content.firstElementChild.cloneNode(true);
    const { attributes } = address;
    const name = `${attributes.firstName} ${attributes.lastName}`;
    item.querySelector("h2").textContent = name;
    const lines = [
      attributes.company,
      `${attributes.address1} ${attributes.address2}`,
      attributes.address3,
      `${attributes.zipCode} ${attributes.city}`,
      attributes.country,
      attributes.phone,
    ];
    item.querySelector("address").replaceChildren(
      ...lines.filter(Boolean).map((line) => Object.assign(document.createElement("span"), { textContent: line })),
    );
    item.querySelector("[data-default=shipping]").hidden = !attributes.isDefaultShipping;
    item.querySelector("[data-default=billing]").hidden = !attributes.isDefaultBilling;
    const [change, remove] = item.querySelectorAll("button");
    change.setAttribute("aria-label", `Change the address of ${name}, ${attributes.city}`);
    change.addEventListener("click", () => edit(address, "Change the address"));
    remove.setAttribute("aria-label", `Delete the address of ${name}, ${attributes.city}`);
    remove.addEventListener("click", async () => {
      try {
        await own("DELETE", `/addresses/${address.id}`);
        await refresh();
        page.querySelector("#add").focus();
      } catch (error) {
        if (!(error instanceof Problems)) throw error;
        complain(error);
      }
    });
    return item;
  }

  const send = (attributes) =>
    editing
      ? own("PATCH", `/addresses/${editing}`, { type: "addresses", attributes })
      : own("POST", "/addresses", { type: "addresses", attributes });
  onSubmit(form, send, async () => {
    dialog.close();
    await refresh();
  });
  page.querySelector("#add").addEventListener("click", () => edit(null, "Add an address"));
  page.querySelector("#cancel").addEventListener("click", () => dialog.close());
  await refresh();
}
