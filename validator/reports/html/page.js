"use strict";
(() => {
  const filters = document.getElementById("filters");
  if (!filters) return;
  const findings = [...document.querySelectorAll(".finding")];
  const text = document.getElementById("text");
  const rule = document.getElementById("rule");
  const shown = document.getElementById("shown");
  const fold = document.getElementById("fold");
  const boxes = [...filters.querySelectorAll("input[type=checkbox]")];
  const words = new Map();
  let pending = 0;
  filters.hidden = false;

  const wordsOf = (finding) => {
    if (!words.has(finding)) words.set(finding, finding.textContent.toLowerCase());
    return words.get(finding);
  };

  function apply() {
    const wanted = text.value.toLowerCase().split(/\s+/).filter(Boolean);
    const severities = new Set(boxes.filter((box) => box.checked).map((box) => box.value));
    let count = 0;
    for (const finding of findings) {
      const fits =
        severities.has(finding.dataset.severity) &&
        (rule.value === "*" || rule.value === finding.dataset.rule) &&
        wanted.every((word) => wordsOf(finding).includes(word));
      finding.hidden = !fits;
      count += fits;
    }
    shown.value = `${count.toLocaleString("en")} shown`;
  }

  function soon() {
    cancelAnimationFrame(pending);
    pending = requestAnimationFrame(apply);
  }

  function move(by) {
    const seen = findings.filter((finding) => !finding.hidden);
    const here = seen.indexOf(document.activeElement.closest(".finding"));
    const next = seen[here < 0 ? 0 : Math.min(seen.length - 1, Math.max(0, here + by))];
    if (!next) return;
    next.firstElementChild.focus({ preventScroll: true });
    next.scrollIntoView({ block: "start" });
  }

  filters.addEventListener("input", soon);
  fold.addEventListener("click", () => {
    const open = fold.textContent !== "Fold all";
    for (const finding of findings) finding.open = open;
    fold.textContent = open ? "Fold all" : "Unfold all";
  });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target === text && event.key === "Escape") {
      text.value = "";
      apply();
      text.blur();
    }
    if (event.target.matches("input, select")) return;
    if (event.key === "/") {
      event.preventDefault();
      text.focus();
    } else if (event.key === "j") move(1);
    else if (event.key === "k") move(-1);
  });
  apply();
})();
