/** The button that copies a code. It stays hidden without this module or without a clipboard in the browser. */
const SAID_FOR_MS = 2_000;

const button = document.querySelector<HTMLButtonElement>("[data-copy]");

// Undefined on a page that was loaded over plain http from another computer.
const clipboard: Clipboard | undefined = navigator.clipboard;

if (button && clipboard) {
  const label = button.textContent;
  button.hidden = false;
  button.setAttribute("aria-live", "polite");
  button.addEventListener("click", async () => {
    try {
      await clipboard.writeText(button.dataset.copy ?? "");
    } catch {
      // The browser refused. The user can still select the code beside the button.
      return;
    }
    button.textContent = button.dataset.copied ?? label;
    setTimeout(() => {
      button.textContent = label;
    }, SAID_FOR_MS);
  });
}

export {};
