"use strict";
(() => {
  const FIRST = 30, MORE = 200, FEW = 10, MANY = 5;
  const SEVERITIES = ["error", "warning", "note"];
  const id = (name) => document.getElementById(name);

  /* What is folded at the start stands in a template, and becomes part of the page when it is unfolded. */
  const unpack = (details) => {
    const template = details.querySelector(":scope > template");
    if (template) template.replaceWith(template.content);
  };
  for (const details of document.querySelectorAll("details.lazy")) {
    if (details.open) unpack(details);
    details.addEventListener("toggle", () => unpack(details));
  }

  const filters = id("filters");
  if (!filters) return;
  const index = JSON.parse(id("findings-index").textContent);
  const [text, rule, by, sort, shown, groups] = ["text", "rule", "by", "sort", "shown", "groups"].map(id);
  const boxes = [...filters.querySelectorAll("input[name=severity]")];
  const fresh = id("fresh");
  filters.hidden = false;

  const element = (name, attributes, ...children) => {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes || {})) made.setAttribute(key, value);
    made.append(...children);
    return made;
  };

  /* Text in which what stands between backticks is code; one without its partner belongs to what is quoted. */
  const message = (content) => {
    const parts = content.split("`");
    if (parts.length % 2 === 0) return [content];
    return parts.map((part, number) => (number % 2 ? element("code", {}, part) : part));
  };

  /* Equal findings of one engram or story are one item with many members. */
  const items = (() => {
    const found = new Map();
    index.findings.forEach(([print, severity, code, subject, said, file, line, column, end, fresh], number) => {
      const member = { print, number, file, line, column, end, fresh };
      const key = `${severity} ${code} ${subject} ${said}`;
      const item = found.get(key);
      if (item) item.members.push(member);
      else found.set(key, { key, severity, code, subject, message: said, members: [member] });
    });
    for (const item of found.values()) {
      const files = new Set(item.members.map((member) => index.files[member.file]));
      const [code, name] = index.rules[item.code];
      item.fresh = item.members.some((member) => member.fresh);
      item.words = [item.message, code, name, index.subjects[item.subject], ...files].join(" ").toLowerCase();
    }
    return [...found.values()];
  })();

  let details = null;
  const unpacked = (async () => {
    const bytes = Uint8Array.from(atob(id("findings-details").textContent), (char) => char.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    details = JSON.parse(await new Response(stream).text());
  })();

  const at = ({ file, line, column }) => `${index.files[file]}:${line}:${column}`;

  const place = (member) => {
    const { file, line, column, end } = member;
    const path = index.files[file];
    const code = element("code", {}, at(member));
    if (!index.root || path.startsWith("/") || path.startsWith("..")) return code;
    const where = path.split("/").map(encodeURIComponent).join("/");
    const lines = index.host ? `#L${line}${end > line ? `-L${end}` : ""}` : `:${line}:${column}`;
    return element("a", { class: "place", href: `${index.root}/${where}${lines}` }, code);
  };

  /* The excerpt and the evidence of one finding. */
  const body = (number) => {
    const [lines, full, command] = details[number];
    const pre = element("pre", { tabindex: 0 });
    for (const line of lines) {
      for (const part of line) {
        pre.append(typeof part === "string" ? part : element("span", { class: `s-${part[1]}` }, part[0]));
      }
      pre.append("\n");
    }
    const more = full.map(([name, content]) =>
      element("details", {}, element("summary", {}, `${name} in full`), element("pre", { tabindex: 0 }, content)));
    return [pre, ...more, element("p", { class: "again" }, "Check it again: ", element("code", {}, command))];
  };

  const showOther = (member) => {
    const made = element("details", { class: "other" }, element("summary", {}, at(member)));
    made.addEventListener("toggle", () => {
      if (made.childElementCount === 1) made.append(element("p", {}, place(member)), ...body(member.number));
    });
    return made;
  };

  const fill = async (finding, item) => {
    if (finding.dataset.filled) return;
    finding.dataset.filled = "yes";
    const [code, name, address] = index.rules[item.code];
    finding.append(element("p", { class: "rule" }, element("a", { href: address }, `${code} ${name}`),
      ` · ${index.subjects[item.subject]} · `, place(item.members[0])));
    await unpacked;
    const [first, ...others] = item.members;
    finding.append(...body(first.number));
    if (!others.length) return;
    const rest = element("details", {}, element("summary", {}, `${others.length.toLocaleString("en")} more places`));
    rest.addEventListener("toggle", () => {
      if (rest.childElementCount > 1) return;
      for (const member of others.slice(0, MORE)) {
        rest.append(showOther(member));
      }
      if (others.length > MORE) rest.append(element("p", {}, `${others.length - MORE} more`));
    });
    finding.append(rest);
  };

  const showItem = (item, open) => {
    const [code] = index.rules[item.code];
    const count = item.members.length;
    const summary = element("summary", {},
      element("b", { class: "badge" }, item.severity),
      ...(item.fresh ? [element("b", { class: "fresh" }, "new")] : []),
      element("span", { class: "message" }, ...message(item.message)),
      element("span", { class: "where" }, element("code", {}, at(item.members[0])), count > 1 ? ` and ${count - 1} more` : ""));
    const finding = element("details", {
      class: `finding ${item.severity}`, id: `f-${item.members[0].print}`,
      "data-rule": code, "data-severity": item.severity,
    }, summary);
    finding.addEventListener("toggle", () => {
      if (finding.open) { fill(finding, item); remember({ f: item.members[0].print }); }
    });
    if (open) { finding.open = true; }
    return finding;
  };

  const size = (list) => list.reduce((sum, item) => sum + item.members.length, 0);
  const compare = {
    severity: (a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) || a.code - b.code,
    place: (a, b) => a.members[0].file - b.members[0].file || a.members[0].line - b.members[0].line,
    count: (a, b) => b.members.length - a.members.length,
  };

  const gather = (list, titled) => {
    const found = new Map();
    for (const item of list) {
      const title = titled(item);
      if (!found.has(title)) found.set(title, { title, list: [] });
      found.get(title).list.push(item);
    }
    return found;
  };

  /* At most so many now, and the rest when it is asked for. */
  const inParts = (parent, list, make, room) => {
    let done = 0;
    const more = element("button", { type: "button", class: "more" });
    const next = (room) => {
      more.remove();
      for (const part of list.slice(done, done + room)) parent.append(make(part));
      done = Math.min(list.length, done + room);
      more.textContent = `Show ${Math.min(MORE, list.length - done)} of ${(list.length - done).toLocaleString("en")} more`;
      if (done < list.length) parent.append(more);
    };
    more.addEventListener("click", () => next(MORE));
    next(room);
  };

  /* Of a rule with many findings there is one line, which unfolds. */
  const byRule = (list) => {
    const rules = gather(list, titleOf.rule);
    const parts = new Set(list.map((item) => {
      const own = rules.get(titleOf.rule(item));
      return own.list.length > MANY && rules.size > 1 ? own : item;
    }));
    return [...parts];
  };

  const group = ([title, list], open, wanted, nested) => {
    const counts = SEVERITIES.map((severity) => [severity, size(list.filter((one) => one.severity === severity))]);
    const summary = element("summary", {}, element("b", {}, title), ...counts.filter(([, count]) => count)
      .map(([severity, count]) => element("span", { class: `count ${severity}` }, `${count.toLocaleString("en")} ${severity}${count === 1 ? "" : "s"}`)));
    const made = element("details", { class: "group" }, summary);
    const start = () => {
      if (made.childElementCount > 1) return;
      const parts = nested ? list : byRule(list);
      const first = wanted ? parts.findIndex((part) => part === wanted || (part.list || []).includes(wanted)) + 1 : 0;
      const make = (part) => part.list
        ? group([part.title, part.list], part.list.includes(wanted), wanted, true)
        : showItem(part, part === wanted || items.length <= FEW);
      inParts(made, parts, make, Math.max(FIRST, first));
    };
    made.addEventListener("toggle", () => made.open && start());
    if (open) { made.open = true; start(); }
    return made;
  };

  const state = () => ({
    q: text.value, rule: rule.value === "*" ? "" : rule.value, by: by.value === "subject" ? "" : by.value,
    sort: sort.value === "severity" ? "" : sort.value,
    new: fresh?.checked ? "only" : "",
    hide: boxes.filter((box) => !box.checked).map((box) => box.value).join(","),
  });
  let selected = "";
  let writing = 0;
  /* The address follows when everything is shown: it takes the browser as long as a filter. */
  const remember = (change) => {
    if ("f" in change) selected = change.f;
    clearTimeout(writing);
    writing = setTimeout(write);
  };
  const write = () => {
    const wanted = Object.entries({ ...state(), f: selected }).filter(([, value]) => value);
    const hash = wanted.length ? `#${new URLSearchParams(wanted)}` : "#";
    history.replaceState(null, "", hash);
  };

  const titleOf = {
    subject: (item) => index.subjects[item.subject],
    rule: (item) => index.rules[item.code].slice(0, 2).join(" "),
    file: (item) => index.files[item.members[0].file],
  };

  let last = null;
  function apply() {
    const wanted = text.value.toLowerCase().split(/\s+/).filter(Boolean);
    const severities = new Set(boxes.filter((box) => box.checked).map((box) => box.value));
    const fitting = items.filter((item) =>
      severities.has(item.severity) && (!fresh?.checked || item.fresh) && (rule.value === "*" || rule.value === index.rules[item.code][0]) &&
      wanted.every((word) => item.words.includes(word)));
    const now = [by.value, sort.value, selected, fitting.length, ...fitting];
    if (last && now.length === last.length && now.every((one, number) => one === last[number])) return;
    last = now;
    fitting.sort(compare[sort.value]);
    const found = gather(fitting, titleOf[by.value]);
    const aim = selected && fitting.find((item) => item.members.some((member) => member.print === selected));
    groups.replaceChildren();
    let room = FIRST;
    inParts(groups, [...found.values()], ({ title, list }) => {
      const here = aim && list.includes(aim) ? aim : null;
      const open = here !== null || room === FIRST || list.length <= room;
      if (open) room = Math.max(0, room - list.length);
      return group([title, list], open, here, false);
    }, FIRST);
    shown.value = `${size(fitting).toLocaleString("en")} shown`;
  }

  const read = () => {
    const wanted = new URLSearchParams(location.hash.slice(1));
    text.value = wanted.get("q") || "";
    const known = (select, value) => [...select.options].some((option) => option.value === value);
    for (const [select, name] of [[rule, "rule"], [by, "by"], [sort, "sort"]]) {
      const value = wanted.get(name);
      if (value && known(select, value)) select.value = value;
    }
    const hidden = (wanted.get("hide") || "").split(",");
    for (const box of boxes) box.checked = !hidden.includes(box.value);
    if (fresh) fresh.checked = wanted.get("new") === "only";
    selected = wanted.get("f") || "";
  };

  let pending = 0;
  filters.addEventListener("input", () => {
    cancelAnimationFrame(pending);
    pending = requestAnimationFrame(() => { selected = ""; apply(); remember({}); });
  });

  function move(step) {
    const seen = [...groups.querySelectorAll(".finding")].filter((finding) => finding.checkVisibility());
    const here = seen.indexOf(document.activeElement.closest(".finding"));
    const next = seen[here < 0 ? 0 : Math.min(seen.length - 1, Math.max(0, here + step))];
    if (!next) return;
    next.firstElementChild.focus({ preventScroll: true });
    next.scrollIntoView({ block: "start" });
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target === text && event.key === "Escape") {
      text.value = "";
      apply();
      remember({});
      text.blur();
    }
    if (event.target.matches("input, select")) return;
    if (event.key === "/") {
      event.preventDefault();
      text.focus();
    } else if (event.key === "j") move(1);
    else if (event.key === "k") move(-1);
  });

  read();
  apply();
  if (selected) id(`f-${selected}`)?.scrollIntoView({ block: "center" });
})();
