// A button beside each sample that copies it, where the browser lets a page do so.

for (const sample of navigator.clipboard ? document.querySelectorAll(".sample") : []) {
  const text = sample.querySelector("pre");
  const button = document.createElement("button");
  button.type = "button";
  button.className = "quiet";
  button.textContent = "Copy";
  button.setAttribute("aria-label", `Copy: ${text.getAttribute("aria-label")}`);
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(text.textContent);
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
  });
  sample.append(button);
}
