// The pages that mailed links lead to. Nothing happens until a button is pressed: a mail scanner's visit uses up no key.

const form = document.querySelector("form");
const message = document.getElementById("message");
const token = new URLSearchParams(location.search).get("token") ?? "";

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  clear();
  const { type, method } = form.dataset;
  const attributes = { [form.dataset.key]: token, ...Object.fromEntries(new FormData(form)) };
  const button = form.querySelector("button");
  button.disabled = true;
  try {
    const answer = await fetch(`/${type}`, {
      method,
      headers: { "Content-Type": "application/vnd.api+json" },
      body: JSON.stringify({ data: { type, attributes } }),
    });
    if (answer.ok) {
      say(form.dataset.done, "good");
      form.hidden = true;
    } else {
      complain((await answer.json()).errors);
    }
  } catch {
    say("The dev server does not answer.", "bad");
  } finally {
    button.disabled = false;
  }
});

// Validation errors read `<field> => <message>` and go to their field; all others concern the whole form.
function complain(errors) {
  const general = [];
  for (const { detail } of errors) {
    const [name, text] = detail.split(" => ");
    const field = text && form.elements.namedItem(name);
    if (!field) {
      general.push(detail);
      continue;
    }
    const problem = document.getElementById(`${name}-problem`);
    problem.textContent = [problem.textContent, text].filter(Boolean).join(" ");
    field.setAttribute("aria-invalid", "true");
  }
  if (general.length) say(general.join(" "), "bad");
  form.querySelector("[aria-invalid=true]")?.focus();
}

function clear() {
  say("", "");
  for (const problem of form.querySelectorAll(".problem")) problem.textContent = "";
  for (const field of form.querySelectorAll("input")) field.removeAttribute("aria-invalid");
}

function say(text, kind) {
  message.textContent = text;
  message.className = kind;
}
