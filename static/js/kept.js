/* Text of form[data-keep] that the server has not acknowledged lies in the vault, a row for each opening of the page.
   What is found on coming back is offered beside what is saved, and the person chooses.
   data-keep says what the page shows: "saved", or what was "typed" and refused. */
(() => {
  const SOON = 300;

  const controls = (form) =>
    [...form.elements].filter((one) => one.name && !["hidden", "submit", "button", "file", "fieldset"].includes(one.type));

  const tidy = (value) => value.replace(/\r\n?/g, "\n").trim().normalize();

  /* Values by name: as typed, or as the page came. */
  function valuesOf(form, came = false) {
    const values = {};
    for (const one of controls(form)) {
      values[one.name] ??= [];
      if (one.matches("[type=radio], [type=checkbox]")) {
        if (came ? one.defaultChecked : one.checked) values[one.name].push(one.value);
      } else if (one.options) {
        const chosen = [...one.options].filter((option) => (came ? option.defaultSelected : option.selected));
        const first = one.multiple ? [] : [...one.options].slice(0, 1); // a list without a choice shows its first entry
        for (const option of chosen.length ? chosen : first) values[one.name].push(option.value);
      } else {
        values[one.name].push(tidy(came ? one.defaultValue : one.value));
      }
    }
    return values;
  }

  function fill(form, values) {
    for (const one of controls(form)) {
      const wanted = values[one.name];
      if (!wanted) continue;
      if (one.matches("[type=radio], [type=checkbox]")) one.checked = wanted.includes(one.value);
      else if (one.options) for (const option of one.options) option.selected = wanted.includes(option.value);
      else one.value = wanted.shift() ?? "";
      one.dispatchEvent(new Event("input", { bubbles: true }));
    }
  }

  /* A value in the words of the page. */
  function shown(form, name, values) {
    const ones = controls(form).filter((one) => one.name === name);
    const words = values.map((value) => {
      const choice = ones.flatMap((one) => [...(one.options ?? [])]).find((option) => option.value === value);
      const box = ones.find((one) => one.matches("[type=radio], [type=checkbox]") && one.value === value);
      return (choice ?? box?.labels?.[0])?.textContent.trim() ?? value;
    });
    return words.join(", ");
  }

  function labelOf(form, name) {
    const one = controls(form).find((control) => control.name === name);
    const label = one.closest("fieldset")?.querySelector("legend") ?? one.labels?.[0];
    return label?.textContent.trim() ?? name;
  }

  const differing = (one, other) =>
    Object.keys(one).filter((name) => name in other && JSON.stringify(one[name]) !== JSON.stringify(other[name]));

  function list(form, values, names) {
    return names.flatMap((name) => {
      const [term, text] = [document.createElement("dt"), document.createElement("dd")];
      term.textContent = labelOf(form, name);
      text.textContent = shown(form, name, values[name]) || "–";
      return [term, text];
    });
  }

  function keep(form) {
    const vault = window.vault;
    const page = window.location.pathname.replace(/^\/\w\w\//, "/"); // the same in each language
    const offer = form.querySelector("[data-kept]");
    const came = valuesOf(form, true);
    let id = crypto.randomUUID();
    let timer;
    let queue = Promise.resolve();
    const after = (act) => {
      queue = queue.then(act).catch(() => null); // a full disk is no reason to stop typing
      return queue;
    };

    function write() {
      clearTimeout(timer);
      timer = undefined;
      const text = new TextEncoder().encode(JSON.stringify(valuesOf(form)));
      return after(async () => vault.put("texts", { id, page, at: Date.now(), sealed: await vault.seal(text) }));
    }

    async function waiting() {
      const rows = (await vault.all("texts")).filter((row) => row.page === page && row.id !== id);
      const found = [];
      for (const row of rows.sort((one, other) => other.at - one.at)) {
        const values = await vault.unseal(row.sealed).then((bytes) => JSON.parse(new TextDecoder().decode(bytes)), () => null);
        const names = values ? differing(values, came) : [];
        if (names.length) found.push({ ...row, values, names });
        else if (values && form.dataset.keep === "typed") id = row.id; // refused a moment ago: it is not saved yet
        else await vault.remove("texts", row.id);
      }
      return found;
    }

    function ask(found) {
      const [row] = found;
      const focused = offer.contains(document.activeElement);
      offer.hidden = !row;
      if (!row) {
        if (focused) controls(form)[0]?.focus();
        return;
      }
      const time = new Date(row.at).toLocaleString(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" });
      const sentence = offer.querySelector("[data-kept-sentence]");
      sentence.textContent = sentence.dataset.text.replace("{time}", time);
      offer.querySelector("[data-kept-here]").replaceChildren(...list(form, row.values, row.names));
      offer.querySelector("[data-kept-there]").replaceChildren(...list(form, came, row.names));
      const next = async () => {
        await after(() => vault.remove("texts", row.id));
        ask(found.slice(1));
      };
      offer.querySelector("[data-kept-use]").onclick = async () => {
        fill(form, structuredClone(row.values));
        await write(); // it stays in the vault until it is saved
        await next();
      };
      offer.querySelector("[data-kept-leave]").onclick = next;
    }

    if (offer) after(async () => ask(await waiting()));
    return {
      typed() {
        timer ??= setTimeout(write, SOON);
      },
      write: () => timer && write(),
      acknowledged() {
        clearTimeout(timer);
        timer = undefined;
        after(() => vault.remove("texts", id));
      },
    };
  }

  window.keepText = (form) => (window.vault && form.matches("[data-keep]") ? keep(form) : null);
})();
