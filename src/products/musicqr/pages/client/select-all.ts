/** The button that ticks every row of a page, or none if all are ticked. Without this module it does not show. */
const button = document.querySelector<HTMLButtonElement>("[data-select-all]");
const boxes = [...document.querySelectorAll<HTMLInputElement>('input[name="codes"]')];

if (button && boxes.length > 0) {
  button.hidden = false;
  button.addEventListener("click", () => {
    const tick = boxes.some((box) => !box.checked);
    for (const box of boxes) box.checked = tick;
  });
}

export {};
