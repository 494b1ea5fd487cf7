/* Saves form[data-autosave] two seconds after the last change and when the page is hidden.
   The answer is 204 with X-Saved-At (the time, localised) and perhaps X-Revision. The sentences stand, translated,
   in the data attributes of the form's [data-save-status]. Whatever happens, the text stays in the form. */
(() => {
  const QUIET = 2000;
  const LONGEST = 30000;

  function autosave(form) {
    const status = form.querySelector("[data-save-status]");
    let timer;
    let delay = QUIET;
    let changes = 0;
    let saved = 0;
    let [running, stopped, leaving] = [false, false, false];
    const sentence = (name) => status?.dataset[name] ?? form.dataset[name] ?? "";
    function say(state, text, link) {
      if (!status) return;
      status.dataset.state = state;
      status.replaceChildren(text);
      if (!link) return;
      const anchor = document.createElement("a");
      Object.assign(anchor, { href: sentence("signInUrl"), target: "_blank", rel: "noopener" });
      anchor.textContent = sentence("signIn");
      status.append(" ", anchor);
    }

    function data() {
      const body = new FormData(form);
      for (const [name, value] of [...body]) if (value instanceof File) body.delete(name);
      body.set("autosave", "1");
      return body;
    }

    function later(wait) {
      clearTimeout(timer);
      timer = setTimeout(save, wait);
    }

    function retry() {
      say("unsaved", sentence("unsaved"));
      delay = Math.min(delay * 2, LONGEST);
      later(delay);
    }

    function answered(response, sent) {
      const signedOut = response.type === "opaqueredirect" || [401, 403].includes(response.status);
      if (response.status === 204 || response.status === 200) {
        saved = sent;
        delay = QUIET;
        const revision = response.headers.get("X-Revision");
        const hidden = form.elements.namedItem("revision");
        if (revision && hidden) hidden.value = revision;
        const time = decodeURIComponent(response.headers.get("X-Saved-At") || "");
        say("saved", sentence("saved").replace("{time}", time));
        if (changes > saved) later(QUIET);
      } else if (response.status === 409) {
        stopped = true;
        say("conflict", sentence("conflict"));
      } else if (signedOut) {
        say("signed-out", sentence("signedOut"), true);
        timer = setTimeout(renew, LONGEST / 3);
      } else if (response.status >= 500 || response.status === 429) {
        retry();
      } else {
        say("unsaved", sentence("unsaved"));
      }
    }

    /* Signing in again changes the token: take the new one from this page, then save. */
    async function renew() {
      const response = await fetch(window.location.href, { redirect: "manual" }).catch(() => null);
      const token = response?.ok && (await response.text()).match(/name="csrfmiddlewaretoken" value="(\w+)"/)?.[1];
      if (token) form.elements.namedItem("csrfmiddlewaretoken").value = token;
      save();
    }

    async function save(keepalive = false) {
      clearTimeout(timer);
      if (changes === saved || running || stopped || leaving) return;
      running = true;
      const sent = changes;
      try {
        const response = await fetch(form.getAttribute("action") || window.location.href, {
          method: "POST",
          body: data(),
          headers: { "X-Requested-With": "autosave" },
          redirect: "manual",
          keepalive: keepalive === true,
        });
        running = false;
        answered(response, sent);
      } catch {
        running = false;
        retry();
      }
    }

    form.addEventListener("input", () => {
      changes += 1;
      leaving = false;
      if (delay === QUIET) later(QUIET);
    });
    form.addEventListener("submit", (event) => {
      leaving = !event.defaultPrevented;
      clearTimeout(timer);
    });
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "hidden") save(true);
    });
    window.addEventListener("online", () => save());
    window.addEventListener("pageshow", () => { leaving = false; });
    window.addEventListener("beforeunload", (event) => {
      if (changes > saved && !leaving) event.preventDefault();
    });
  }

  document.querySelectorAll("form[data-autosave]").forEach(autosave);
})();
