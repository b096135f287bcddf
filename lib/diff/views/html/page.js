// Without it the page can be read all the same; it adds the search and the choice of a theme.
(() => {
  const one = (id) => document.getElementById(id);
  const [search, only, found, theme] = ["search", "only", "found", "theme"].map(one);

  const overview = new Map(
    [...document.querySelectorAll("tr[data-for]")].map((row) => [row.dataset.for, row]),
  );
  const models = [...document.querySelectorAll("section.model")].map((section) => ({
    section,
    name: section.dataset.name.toLowerCase(),
    same: "same" in section.dataset,
    fold: section.querySelector("details.fold"),
    columns: [...section.querySelectorAll("tr[data-name]")].map((row) => ({
      row,
      name: row.dataset.name.toLowerCase(),
    })),
  }));

  const plural = (count, word) => `${count.toLocaleString("en")} ${word}${count === 1 ? "" : "s"}`;

  function filter() {
    const words = search.value.trim().toLowerCase();
    const counts = { models: 0, columns: 0, hidden: 0 };
    for (const { columns, fold, name, same, section } of models) {
      const named = name.includes(words);
      let hits = 0;
      for (const column of columns) {
        const hit = column.name.includes(words);
        if (hit) hits++;
        column.row.hidden = !(named || hit);
      }
      const there = named || hits > 0;
      section.hidden = !there;
      const line = overview.get(section.id);
      if (line) line.hidden = !there;
      if (fold) fold.open = words !== "" && hits > 0;
      if (!there) continue;
      if (same && only.checked) counts.hidden++;
      else {
        counts.models++;
        counts.columns += hits;
      }
    }
    const rest = counts.hidden > 0
      ? `, and ${plural(counts.hidden, "model")} without a difference`
      : "";
    found.textContent = words === ""
      ? ""
      : `${plural(counts.columns, "column")} in ${plural(counts.models, "model")}${rest}`;
  }

  // The address holds the search, so that it can be sent to somebody.
  function fromAddress() {
    const hash = location.hash.slice(1);
    if (hash.startsWith("q=")) {
      search.value = read(hash.slice(2));
      filter();
      return;
    }
    const target = document.getElementById(read(hash));
    if (target?.hidden) {
      search.value = "";
      filter();
      target.scrollIntoView();
    }
  }

  function read(text) {
    try {
      return decodeURIComponent(text);
    } catch {
      return text;
    }
  }

  search.addEventListener("input", () => {
    filter();
    const hash = search.value.trim() === "" ? "#" : `#q=${encodeURIComponent(search.value.trim())}`;
    try {
      history.replaceState(null, "", hash);
    } catch {
      // Some browsers refuse it for a file: the search works all the same.
    }
  });
  only.addEventListener("change", filter);
  globalThis.addEventListener("hashchange", fromAddress);

  const themes = ["system", "light", "dark"];
  const kept = () => {
    try {
      return localStorage.getItem("dot-diff-theme");
    } catch {
      return null;
    }
  };
  function dress(name) {
    theme.textContent = `Theme: ${name}`;
    if (name === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = name;
    theme.dataset.now = name;
  }
  dress(themes.includes(kept()) ? kept() : "system");
  theme.hidden = false;
  theme.addEventListener("click", () => {
    const next = themes[(themes.indexOf(theme.dataset.now) + 1) % themes.length];
    dress(next);
    try {
      localStorage.setItem("dot-diff-theme", next);
    } catch {
      // It is forgotten, then.
    }
  });

  fromAddress();
})();
