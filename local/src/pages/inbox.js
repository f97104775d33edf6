// The inbox: lists the captured mails, shows one, and checks for new ones every two seconds.

const byId = (id) => document.getElementById(id);
let mails = [];
let open = null;

// A mail has no id; these members together identify it.
const keyOf = (mail) => [mail.sentAt, mail.to, mail.subject, mail.text].join("\n");

async function refresh() {
  try {
    const answer = await fetch("/_local/mail");
    const found = await answer.json();
    if (found.length !== mails.length || found.some((mail, i) => keyOf(mail) !== keyOf(mails[i]))) {
      mails = found;
      list();
    }
    byId("count").textContent = mails.length === 1 ? "1 mail" : `${mails.length} mails`;
  } catch {
    byId("count").textContent = "The dev server does not answer.";
  }
}

function list() {
  const focused = document.activeElement?.dataset.mail;
  byId("mails").replaceChildren(
    ...mails.toReversed().map((mail) => {
      const button = document.createElement("button");
      button.type = "button";
      button.dataset.mail = keyOf(mail);
      button.setAttribute("aria-current", String(open !== null && keyOf(mail) === keyOf(open)));
      for (const [name, text] of [["subject", mail.subject], ["to", mail.to], ["sent", timeOf(mail)]]) {
        const part = document.createElement("span");
        part.className = name;
        part.textContent = text;
        button.append(part);
      }
      button.addEventListener("click", () => show(mail));
      const item = document.createElement("li");
      item.append(button);
      return item;
    }),
  );
  for (const button of byId("mails").querySelectorAll("button")) {
    if (button.dataset.mail === focused) button.focus();
  }
}

function show(mail) {
  open = mail;
  byId("subject").textContent = mail.subject;
  byId("to").textContent = mail.to;
  byId("sent").textContent = timeOf(mail);
  byId("kind").textContent = mail.kind || "unknown";
  byId("text").textContent = mail.text;
  byId("html").srcdoc = `<!doctype html><base target="_blank">${mail.html}`;
  const link = mail.text.split("\n").map((line) => line.trim()).find((line) => /^https?:\/\/\S+$/.test(line));
  byId("link").hidden = !link;
  if (link) byId("link").href = link;
  byId("mail").hidden = false;
  byId("nothing-open").hidden = true;
  view(mail.html !== "");
  list();
  byId("mail").focus();
}

function view(asHtml) {
  byId("html").hidden = !asHtml;
  byId("text").hidden = asHtml;
  byId("as-html").setAttribute("aria-pressed", String(asHtml));
  byId("as-text").setAttribute("aria-pressed", String(!asHtml));
}

function timeOf(mail) {
  return new Date(mail.sentAt).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "medium" });
}

async function configuration() {
  const answer = await fetch("/_local/configuration");
  for (const [name, value] of Object.entries(await answer.json())) {
    const term = document.createElement("dt");
    term.textContent = name;
    const description = document.createElement("dd");
    description.textContent = value;
    byId("configuration").append(term, description);
  }
}

byId("base").textContent = location.origin;
for (const sample of document.querySelectorAll(".steps pre")) {
  sample.textContent = sample.textContent.replaceAll("BASE", location.origin);
}
byId("as-html").addEventListener("click", () => view(true));
byId("as-text").addEventListener("click", () => view(false));
configuration();
refresh();
setInterval(() => document.hidden || refresh(), 2000);
