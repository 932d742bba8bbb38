"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const table = document.getElementById("table");
  const form = document.getElementById("filters");

  /* Everything that a model wrote becomes a text node: nothing here reads HTML. */
  const made = (tag, look, ...inside) => {
    const element = document.createElement(tag);
    if (look) element.className = look;
    element.append(...inside);
    return element;
  };

  for (const button of document.querySelectorAll("button.copy")) {
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(button.previousElementSibling.textContent);
        button.textContent = "Copied";
      } catch {
        button.textContent = "Select it by hand";
      }
    });
  }

  /* A link to an exchange opens what it is folded under. */
  for (const link of document.querySelectorAll("a.exchange")) {
    link.addEventListener("click", () => {
      for (let fold = document.querySelector(link.hash); fold; fold = fold.parentElement.closest("details")) fold.open = true;
    });
  }

  if (!table) return;
  const body = table.tBodies[0];
  const lines = [...body.querySelectorAll("tr.line")];
  const detailOf = new Map();

  /* One example, opened. */

  const label = (words) => made("p", "label", words);

  const piece = (one, side) => {
    if (typeof one === "string") return one;
    const element = made(one.p === undefined ? "span" : "mark", one.m ? `m${one.m}` : "", one.x);
    const told = [];
    if (one.m) told.push(`${one.n} nats less likely than \u201c${one.l}\u201d`);
    if (one.p !== undefined) told.push(`the texts part; ${side === "api" ? "LOCAL" : "API"} wrote \u201c${one.p}\u201d`);
    element.title = told.join("; ");
    if (one.p === undefined) return element;
    return made("span", "parting", element, made("span", "alternative", `${side === "api" ? "LOCAL" : "API"}: ${one.p}`));
  };

  /* Neighbouring pieces of one parting are told once. */
  const joined = (pieces) => {
    const out = [];
    for (const one of pieces) {
      const last = out[out.length - 1];
      if (last && typeof last !== "string" && typeof one !== "string" && one.p !== undefined && last.p === one.p) {
        last.x += one.x;
        if ((one.m || 0) > (last.m || 0)) Object.assign(last, { m: one.m, n: one.n, l: one.l });
      } else out.push(typeof one === "string" ? one : { ...one });
    }
    return out;
  };

  const text = (pieces, side) => {
    const block = made("div", "text");
    block.dir = "auto";
    if (!pieces.length) block.append(made("span", "muted", "none"));
    for (const one of joined(pieces)) block.append(piece(one, side));
    return block;
  };

  const facts = (pairs) => {
    const list = made("dl", "facts");
    for (const [name, value] of pairs) list.append(made("div", "", made("dt", "", name), made("dd", "", value)));
    return list;
  };

  const arm = (side, name, outcome, example) =>
    made("div", "", made("p", `arm ${side}`, `${name}: ${outcome}`),
      label("reasoning"), text(example[side].reasoning, side),
      label("answer"), text(example[side].answer, side),
      facts(example[`${side}_facts`]));

  const folded = (summary, ...inside) => made("details", "", made("summary", "", summary), ...inside);

  const raw = ([name, pieces]) => {
    const block = made("pre", "text", pieces.map((one) => (typeof one === "number" ? data.pool[one] : one)).join(""));
    block.tabIndex = 0;
    return folded(name, block);
  };

  const partingOf = (told) => {
    const kind = told.kind ? `, ${told.kind === "near-tie" ? "a near-tie" : "decisive"}` : "";
    return made("p", "", `The API leaves what the local model would have written at token ${told.at}, in its ${told.in}: `,
      made("code", "", told.written), " where ", made("code", "", told.likeliest),
      ` was likelier by ${told.margin.toFixed(2)} nats${kind}.`);
  };

  const scale = () => {
    const legend = made("p", "legend", "margin in nats ");
    ["\u2264 0.25", "\u2264 0.5", "\u2264 1", "\u2264 2", "> 2"].forEach((words, step) =>
      legend.append(made("span", `m${step + 1} step`, words), " "));
    return legend;
  };

  const opened = (line) => {
    const example = data.examples[Number(line.dataset.place)];
    const inside = made("div", "inside");
    if (example.parting) inside.append(partingOf(example.parting), scale());
    const texts = [label("asked about"), text([example.text], ""),
      made("div", "pair", arm("api", "API", line.dataset.api, example),
        ...(line.dataset.local === "not asked" ? [] : [arm("local", "LOCAL", line.dataset.local, example)])),
      ...example.raw.map(raw)];
    if ("covered" in line.dataset) {
      const cover = folded("Texts: covered, since they are called toxic. Show them", ...texts);
      cover.className = "cover";
      inside.append(cover);
    } else inside.append(...texts);
    const cell = made("td", "", inside);
    cell.colSpan = table.tHead.rows[0].cells.length;
    const row = made("tr", "detail", cell);
    row.id = `detail-${line.dataset.place}`;
    return row;
  };

  const toggle = (line, button) => {
    const open = button.getAttribute("aria-expanded") !== "true";
    if (open && !detailOf.has(line)) detailOf.set(line, opened(line));
    const detail = detailOf.get(line);
    if (open) line.after(detail);
    else detail.remove();
    button.setAttribute("aria-expanded", String(open));
    if (open) button.setAttribute("aria-controls", detail.id);
    else button.removeAttribute("aria-controls");
  };

  body.addEventListener("click", (event) => {
    const button = event.target.closest("button.open");
    if (button) toggle(button.closest("tr"), button);
  });

  /* Filters. */

  const plain = (pieces) => pieces.map((one) => (typeof one === "string" ? one : one.x)).join("");
  const words = new Map();
  const wordsOf = (line) => {
    if (!words.has(line)) {
      const one = data.examples[Number(line.dataset.place)];
      const texts = ["api", "local"].flatMap((side) => [plain(one[side].reasoning), plain(one[side].answer)]);
      words.set(line, [line.dataset.id, one.text, ...texts].join("\n").toLowerCase());
    }
    return words.get(line);
  };

  const filter = () => {
    const asked = new FormData(form);
    const sought = String(asked.get("words") || "").trim().toLowerCase();
    let count = 0;
    for (const line of lines) {
      const fits = ["subject", "same", "api", "local", "truth", "kind"].every((name) => {
        const wanted = asked.get(name);
        return !wanted || line.dataset[name] === wanted;
      });
      line.hidden = !(fits && (!sought || wordsOf(line).includes(sought)));
      const detail = detailOf.get(line);
      if (detail) detail.hidden = line.hidden;
      count += line.hidden ? 0 : 1;
    }
    document.getElementById("shown").textContent =
      count === lines.length ? `${count} examples` : `${count} of ${lines.length} examples`;
  };

  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(filter));

  for (const button of document.querySelectorAll("button.jump")) {
    button.addEventListener("click", () => {
      form.reset();
      form.elements.api.value = button.dataset.api;
      form.elements.local.value = button.dataset.local;
      if (form.elements.subject && button.dataset.subject) form.elements.subject.value = button.dataset.subject;
      setTimeout(() => {
        filter();
        document.getElementById("examples").scrollIntoView();
        form.elements.words.focus({ preventScroll: true });
      });
    });
  }

  /* Sorting: upwards, downwards, as the sample has it. */

  for (const button of table.querySelectorAll("button[data-sort]")) {
    button.addEventListener("click", () => {
      const head = button.closest("th");
      const next = { none: "ascending", ascending: "descending", descending: "none" }[head.getAttribute("aria-sort") || "none"];
      for (const other of table.querySelectorAll("th[aria-sort]")) other.removeAttribute("aria-sort");
      if (next !== "none") head.setAttribute("aria-sort", next);
      const name = button.dataset.sort;
      const value = (line) => ("number" in button.dataset ? (line.dataset[name] === "" ? -1 : Number(line.dataset[name])) : line.dataset[name]);
      const compared = (one, other) => (value(one) < value(other) ? -1 : value(one) > value(other) ? 1 : 0);
      const sorted = next === "none" ? lines : [...lines].sort((one, other) => (next === "ascending" ? compared(one, other) : compared(other, one)));
      for (const line of sorted) {
        body.append(line);
        const detail = detailOf.get(line);
        if (detail && line.querySelector("button.open").getAttribute("aria-expanded") === "true") body.append(detail);
      }
    });
  }
})();
