/** The button that ticks every row of a page, or none if all are ticked. Without this module it does not show. */
const all = document.querySelector<HTMLButtonElement>("[data-select-all]");
const needsSelection = document.querySelector<HTMLButtonElement>("[data-needs-selection]");
const boxes = [...document.querySelectorAll<HTMLInputElement>('input[name="codes"]')];

/** Nothing ticked, nothing to print. */
const update = (): void => {
  if (needsSelection) needsSelection.disabled = !boxes.some((box) => box.checked);
};

if (all && boxes.length > 0) {
  all.hidden = false;
  all.addEventListener("click", () => {
    const tick = boxes.some((box) => !box.checked);
    for (const box of boxes) box.checked = tick;
    update();
  });
}

for (const box of boxes) box.addEventListener("change", update);
// A browser that comes back to the page ticks again what was ticked, after this module has run.
addEventListener("pageshow", update);
update();

export {};
