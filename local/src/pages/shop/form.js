// Forms that show problems beside their fields.

import { Problems } from "./api.js";

/** On submission, calls `send` with the form's values, then `done` with the result. */
export function onSubmit(form, send, done) {
  for (const field of fields(form)) addProblemPlace(field);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    clear(form);
    const button = form.querySelector("[type=submit]");
    button.disabled = true;
    try {
      await done(await send(values(form)));
    } catch (error) {
      if (!(error instanceof Problems)) throw error;
      show(form, error);
    } finally {
      button.disabled = false;
    }
  });
}

/** Fills fields with a resource's attributes. */
export function fill(form, attributes) {
  for (const field of fields(form)) {
    const value = attributes[field.name];
    if (field.type === "checkbox") field.checked = value === true;
    else field.value = value ?? "";
  }
}

const fields = (form) => [...form.elements].filter((element) => element.name);

// An empty optional field is sent as null if its `data-empty` says so, to clear it, and otherwise not sent at all.
function values(form) {
  const attributes = {};
  for (const field of fields(form)) {
    if (field.type === "checkbox") attributes[field.name] = field.checked;
    else if (field.value !== "" || field.required) attributes[field.name] = field.value;
    else if (field.dataset.empty === "null") attributes[field.name] = null;
  }
  return attributes;
}

function addProblemPlace(field) {
  const problem = document.createElement("span");
  problem.className = "problem";
  problem.id = `${field.form.id}-${field.name}-problem`;
  field.setAttribute("aria-describedby", problem.id);
  // Beside the label, not in it: a label's text is part of the field's accessible name.
  const box = document.createElement("div");
  const label = field.closest("label");
  label.replaceWith(box);
  box.append(label, problem);
}

function show(form, problems) {
  const others = [...problems.others];
  for (const [name, messages] of problems.fields) {
    const field = form.elements.namedItem(name);
    if (!field) {
      others.push(...messages.map((message) => `${name}: ${message}`));
      continue;
    }
    field.setAttribute("aria-invalid", "true");
    document.getElementById(field.getAttribute("aria-describedby")).textContent = messages.join(" ");
  }
  form.querySelector(".form-problem").textContent = others.join(" ");
  (form.querySelector("[aria-invalid]") ?? form.querySelector("[type=submit]")).focus();
}

function clear(form) {
  form.querySelector(".form-problem").textContent = "";
  for (const field of fields(form)) {
    field.removeAttribute("aria-invalid");
    document.getElementById(field.getAttribute("aria-describedby")).textContent = "";
  }
}
