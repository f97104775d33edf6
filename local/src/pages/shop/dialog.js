// Dialogs: a question before what cannot be undone, and how any dialog opens.

import { onSubmit } from "./form.js";
import { copyOf, element } from "./page.js";

/**
 * Asks before `act`, and says in the same dialog if that fails. With `sure`, the customer has to tick a box first.
 * `refused` is that of `onSubmit`. Resolves to whether it was done.
 */
export function ask({ title, text, submit, sure }, act, refused) {
  const dialog = copyOf("question").firstElementChild;
  const form = dialog.querySelector("form");
  form.id = "question-form";
  dialog.querySelector("h2").textContent = title;
  dialog.querySelector("p").textContent = text;
  const button = dialog.querySelector("[type=submit]");
  button.textContent = submit;
  button.className = "danger";
  const box = { type: "checkbox", name: "sure", required: true, autofocus: true };
  if (sure) dialog.querySelector(".content").append(element("input", box));
  document.getElementById("page").append(dialog);
  return new Promise((resolve) => {
    let isDone = false;
    onSubmit(form, act, () => {
      isDone = true;
      dialog.close();
    }, refused);
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(isDone);
    });
    open(dialog);
  });
}

/** Opens a dialog whose button `cancel` closes it, as Escape does, but not while its outcome is unknown. */
export function open(dialog) {
  const isBusy = () => dialog.querySelector("[type=submit]").ariaBusy === "true";
  dialog.querySelector("[value=cancel]").onclick = () => void (isBusy() || dialog.close());
  dialog.oncancel = (event) => void (isBusy() && event.preventDefault());
  dialog.showModal();
}
