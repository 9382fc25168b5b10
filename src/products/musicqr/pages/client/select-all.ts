/** The button that selects all rows of a page, or none if all are selected. It stays hidden without this module. */
const all = document.querySelector<HTMLButtonElement>("[data-select-all]");
const needsSelection = document.querySelector<HTMLButtonElement>("[data-needs-selection]");
const boxes = [...document.querySelectorAll<HTMLInputElement>('input[name="codes"]')];

/** Disables printing while no row is selected. */
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
// When the user returns to the page, the browser restores the selection after this module has run.
addEventListener("pageshow", update);
update();

export {};
