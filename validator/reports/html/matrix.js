"use strict";
(() => {
  const root = document.getElementById("matrix");
  if (!root) return;
  const data = JSON.parse(document.getElementById("data").textContent);
  const detail = document.getElementById("detail");
  const rows = [...root.querySelectorAll("tbody tr")];
  const grid = rows.map((row) => [...row.querySelectorAll("td")]);
  const heads = [...root.querySelectorAll("thead th")].slice(1);
  const size = heads.length;
  let here = null;
  let marked = [];

  const make = (tag, text, kind) => {
    const node = document.createElement(tag);
    if (text !== undefined) node.textContent = text;
    if (kind) node.className = kind;
    return node;
  };

  const place = (cell) => [cell.parentNode.rowIndex - 1, cell.cellIndex - 1];

  function tell(cell) {
    const [row, column] = place(cell);
    const [from, to] = [data.names[row], data.names[column]];
    const known = data.cells[row * size + column] || { problems: [], unknown: [] };
    const outcome = cell.classList[0];
    detail.replaceChildren(make("h3", `${from} → ${to}`), make("span", cell.getAttribute("aria-label"), `badge ${outcome}`));
    const list = make("dl");
    const add = (name, value, tag = "dd") => {
      list.append(make("dt", name));
      const holder = make("dd");
      holder.append(tag === "pre" ? make("pre", value) : document.createTextNode(value));
      list.append(holder);
    };
    for (const numbers of known.problems) {
      const problem = Object.fromEntries(data.told.map((name, index) => [name, data.texts[numbers[index]]]));
      if (problem.path) add("where", problem.path);
      add("what", problem.problem);
      add("a document that shows it", problem.witness, "pre");
      add("emitted by", problem.producer);
      add("not taken by", problem.consumer);
    }
    for (const number of known.unknown) add("unknown", data.texts[number]);
    if ([from, to].every((name) => /^[a-z0-9.-]+$/.test(name))) add("all of it", `engram-validate compat ${from} ${to}`, "pre");
    detail.append(list);
  }

  function go(cell, pin) {
    if (here) here.tabIndex = -1;
    here = cell;
    cell.tabIndex = 0;
    cell.focus({ preventScroll: false });
    const [row, column] = place(cell);
    marked.forEach((node) => node.classList.remove("hit"));
    marked = [rows[row].firstElementChild, heads[column]];
    marked.forEach((node) => node.classList.add("hit"));
    if (pin) {
      root.querySelectorAll("td[aria-current]").forEach((node) => node.removeAttribute("aria-current"));
      cell.setAttribute("aria-current", "true");
    }
    tell(cell);
  }

  root.querySelector("tbody").addEventListener("click", (event) => {
    const cell = event.target.closest("td");
    if (cell) go(cell, true);
  });
  root.querySelector("tbody").addEventListener("focusin", (event) => {
    const cell = event.target.closest("td");
    if (cell && cell !== here) go(cell, false);
  });
  root.querySelector("tbody").addEventListener("keydown", (event) => {
    const cell = event.target.closest("td");
    const moves = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
    if (!cell) return;
    const [row, column] = place(cell);
    if (event.key === "Enter" || event.key === " ") go(cell, true);
    else if (event.key === "Home") go(grid[row].find((each) => !each.hidden), false);
    else if (event.key === "End") go(grid[row].findLast((each) => !each.hidden), false);
    else if (event.key in moves) {
      const [down, right] = moves[event.key];
      let [y, x] = [row + down, column + right];
      while (grid[y] && grid[y][x] && (rows[y].hidden || grid[y][x].hidden)) [y, x] = [y + down, x + right];
      if (grid[y] && grid[y][x]) go(grid[y][x], false);
    } else return;
    event.preventDefault();
  });

  const filter = document.getElementById("filter");
  filter.addEventListener("input", () => {
    const wanted = filter.value.trim().toLowerCase();
    const shown = data.names.map((name) => name.toLowerCase().includes(wanted));
    const any = shown.includes(true);
    rows.forEach((row, index) => { row.hidden = any && !shown[index]; });
    if (wanted && shown.filter(Boolean).length > 1) {
      heads.forEach((head, index) => { head.hidden = !shown[index]; });
      grid.forEach((cells) => cells.forEach((cell, index) => { cell.hidden = !shown[index]; }));
    } else {
      heads.forEach((head) => { head.hidden = false; });
      grid.forEach((cells) => cells.forEach((cell) => { cell.hidden = false; }));
    }
  });
  root.querySelectorAll("fieldset input").forEach((box) => box.addEventListener("change", () => {
    grid.forEach((cells) => cells.forEach((cell) => {
      if (cell.classList.contains(box.value)) cell.classList.toggle("dim", !box.checked);
    }));
  }));
})();
