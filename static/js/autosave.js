/* Saves form[data-autosave] two seconds after the last change, when the page is hidden, and before the form is sent.
   The answer is 204 with X-Saved-At (the time, localised) and perhaps X-Revision. The sentences stand, translated,
   in the data attributes of the form's [data-save-status]. Whatever happens, the text stays in the form. */
(() => {
  const QUIET = 2000;
  const LONGEST = 30000;
  const PATIENCE = 15000;

  /* A session that was begun anew has a new token: it stands in this page, fetched once more. */
  window.freshToken = async () => {
    const response = await fetch(window.location.href, { redirect: "manual" }).catch(() => null);
    const token = response?.ok && (await response.text()).match(/name="csrfmiddlewaretoken" value="(\w+)"/)?.[1];
    if (token) for (const field of document.getElementsByName("csrfmiddlewaretoken")) field.value = token;
    return token || null;
  };

  function outcomeOf(response) {
    const { status } = response;
    if (response.type === "opaqueredirect" || status === 401 || status === 403) return "signed-out";
    if (status === 200 || status === 204) return "saved";
    return { 409: "conflict", 410: "closed", 422: "invalid" }[status] ?? "unsaved";
  }

  function autosave(form) {
    const status = form.querySelector("[data-save-status]");
    const kept = window.keepText?.(form);
    let timer;
    let delay = QUIET;
    let changes = 0;
    let saved = 0;
    let running = null;
    let [stopped, leaving] = [false, false];

    function say(state, time = "") {
      if (!status) return;
      const { signIn, signInUrl } = status.dataset;
      const name = state.replace(/-(\w)/g, (_all, letter) => letter.toUpperCase());
      status.dataset.state = state;
      status.replaceChildren((status.dataset[name] ?? "").replace("{time}", time));
      if (state !== "signed-out") return;
      const anchor = document.createElement("a");
      Object.assign(anchor, { href: signInUrl, target: "_blank", rel: "noopener" });
      anchor.textContent = signIn;
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

    function acknowledge(response, sent) {
      saved = sent;
      delay = QUIET;
      const revision = response.headers.get("X-Revision");
      const hidden = form.elements.namedItem("revision");
      if (revision && hidden) hidden.value = revision;
      if (changes > saved) later(QUIET);
      else kept?.acknowledged();
      say("saved", decodeURIComponent(response.headers.get("X-Saved-At") || ""));
    }

    function follow(outcome) {
      say(outcome);
      if (outcome === "conflict" || outcome === "closed") stopped = true;
      if (outcome === "signed-out") timer = setTimeout(renew, LONGEST / 3);
      if (outcome === "offline" || outcome === "unsaved") {
        delay = Math.min(delay * 2, LONGEST);
        later(delay);
      }
    }

    async function renew() {
      await window.freshToken();
      save();
    }

    async function send(keepalive) {
      const sent = changes;
      const signal = keepalive ? undefined : AbortSignal.timeout?.(PATIENCE); // a server that hangs is a server that is away
      const request = { method: "POST", body: data(), headers: { "X-Requested-With": "autosave" }, redirect: "manual", keepalive, signal };
      const response = await fetch(form.getAttribute("action") || window.location.href, request).catch(() => null);
      const outcome = response ? outcomeOf(response) : "offline";
      if (outcome === "saved") acknowledge(response, sent);
      else follow(outcome);
      return outcome;
    }

    /* Resolves with what came of it: saved, offline, unsaved, signed-out, conflict, closed or invalid. */
    function save(keepalive = false) {
      clearTimeout(timer);
      if (running) return running;
      if (changes === saved || stopped || leaving) return Promise.resolve("saved");
      running = send(keepalive === true).finally(() => {
        running = null;
      });
      return running;
    }

    /* The form itself is sent only when somebody is there to take it: else the browser would put its own error page here. */
    async function sendForm(submitter) {
      say("saving");
      let outcome = await save();
      if (outcome === "saved" && changes > saved && !stopped) outcome = await save();
      if (["offline", "unsaved", "signed-out"].includes(outcome)) return;
      leaving = true;
      form.requestSubmit(submitter);
    }

    form.addEventListener("input", () => {
      changes += 1;
      leaving = false;
      kept?.typed();
      if (delay === QUIET && !stopped) later(QUIET);
    });
    form.addEventListener("submit", (event) => {
      if (event.defaultPrevented || leaving) return;
      clearTimeout(timer);
      if (changes > saved && !stopped) {
        event.preventDefault();
        sendForm(event.submitter);
      } else {
        leaving = true;
      }
    });
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState !== "hidden") return;
      kept?.write();
      save(true);
    });
    window.addEventListener("online", () => save());
    window.addEventListener("pageshow", () => {
      leaving = false;
    });
    window.addEventListener("beforeunload", (event) => {
      if (changes > saved && !leaving) event.preventDefault();
    });
  }

  document.querySelectorAll("form[data-autosave]").forEach(autosave);
})();
