/** The button that copies a code. Without this module, or where the browser has no clipboard, it does not show. */
const SAID_FOR_MS = 2_000;

const button = document.querySelector<HTMLButtonElement>("[data-copy]");

// Absent on a page that came over plain http from anywhere but this computer.
const clipboard: Clipboard | undefined = navigator.clipboard;

if (button && clipboard) {
  const label = button.textContent;
  button.hidden = false;
  button.setAttribute("aria-live", "polite");
  button.addEventListener("click", async () => {
    try {
      await clipboard.writeText(button.dataset.copy ?? "");
    } catch {
      // The browser refused: the code stands beside the button, to be copied by hand.
      return;
    }
    button.textContent = button.dataset.copied ?? label;
    setTimeout(() => {
      button.textContent = label;
    }, SAID_FOR_MS);
  });
}

export {};
