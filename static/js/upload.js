/* form[data-upload] sends its file in pieces (tus 1.0): the figure is what the server holds, a broken line goes on by itself,
   and the same file chosen days later on this device goes on where it stopped. Without this script the form is a plain POST.
   Sentences stand, translated, in the data attributes of the form's [data-upload-progress]. */
(() => {
  const { tus, vault } = window;
  if (!tus?.isSupported) return;
  const [SMALLEST, LARGEST] = [256 * 1024, 16 * 1024 * 1024];
  const STALLED = 30000;
  const language = document.documentElement.lang;
  const megabytes = (bytes) =>
    new Intl.NumberFormat(language, { style: "unit", unit: "megabyte", maximumFractionDigits: 1 }).format(bytes / 1024 / 1024);
  const said = (response) => decodeURIComponent(response?.getHeader("X-Error") || "");
  const passing = (status) => status === 0 || [400, 408, 409, 423, 429].includes(status) || (status >= 500 && status !== 507);

  function uploader(form) {
    const { endpoint, target } = form.dataset;
    const box = form.querySelector("[data-upload-progress]");
    const part = (name) => box.querySelector(`[data-upload-${name}]`);
    const [bar, figure, status] = [box.querySelector("progress"), part("figure"), part("status")];
    const inputs = [...form.querySelectorAll("input[type=file]")];
    let [upload, token, wait, watch] = [null, "", 2000, null];
    let [begun, moved, told] = [0, 0, 0];
    let [renewed, broken] = [false, false];

    /* Shows what the server holds; it is spoken at each quarter. */
    function held(bytes, total) {
      const percent = total ? Math.floor((100 * bytes) / total) : 0;
      bar.value = percent;
      figure.textContent = figure.dataset.text.replace("{percent}", percent).replace("{held}", megabytes(bytes)).replace("{total}", megabytes(total));
      const quarter = Math.floor(percent / 25);
      if (quarter > told && quarter < 4) say("part", { percent: quarter * 25 });
      told = Math.max(told, quarter);
    }

    function say(name, values = {}) {
      const text = Object.entries(values).reduce((words, [key, value]) => words.replace(`{${key}}`, value), status.dataset[name] ?? "");
      status.replaceChildren(text);
      if (name !== "signedOut") return;
      const link = document.createElement("a");
      Object.assign(link, { href: status.dataset.signInUrl, target: "_blank", rel: "noopener" });
      link.textContent = status.dataset.signIn;
      status.append(" ", link);
    }

    /* waiting: nothing is chosen; found: one stopped on this device; running; paused. */
    function show(state) {
      const focused = box.contains(document.activeElement);
      box.dataset.state = state;
      box.hidden = state === "waiting";
      for (const one of box.querySelectorAll("[data-when]")) one.hidden = !one.dataset.when.split(" ").includes(state);
      for (const one of form.querySelectorAll("input[type=file], button:not([type=button])")) one.disabled = state === "running" || state === "paused";
      if (focused && document.activeElement?.offsetParent == null) box.querySelector("button:not([hidden])")?.focus();
    }

    /* Where uploads that stopped are remembered, each with the token that opens it without a session. */
    const storage = Object.assign(Object.create(tus.defaultOptions.urlStorage), {
      addUpload(fingerprint, row) {
        vault?.flag();
        return tus.defaultOptions.urlStorage.addUpload(fingerprint, { ...row, token });
      },
    });

    const stopped = async () => (await storage.findAllUploads()).filter((row) => row.metadata?.target === target);

    async function forget(which) {
      for (const row of (await stopped()).filter(which)) await storage.removeUpload(row.urlStorageKey);
    }

    function options(file) {
      return {
        endpoint,
        metadata: { filename: file.name, filetype: file.type, target },
        chunkSize: 2 * SMALLEST,
        retryDelays: null,
        removeFingerprintOnSuccess: true,
        urlStorage: storage,
        fingerprint: async () => [target, file.name, file.size, file.lastModified].join("::"),
        onBeforeRequest(request) {
          begun = moved = Date.now();
          if (request.getMethod() === "POST") request.setHeader("X-CSRFToken", form.elements.namedItem("csrfmiddlewaretoken").value);
          else if (token) request.setHeader("Upload-Token", token);
        },
        onAfterResponse(request, response) {
          token = response.getHeader("Upload-Token") || token;
          const offset = response.getHeader("Upload-Offset");
          if (offset) held(Number(offset), file.size);
        },
        onProgress() {
          moved = Date.now();
        },
        onChunkComplete() {
          const took = Date.now() - begun; // a step of the bar takes some seconds, whatever the line
          wait = 2000;
          renewed = false;
          if (took < 2000) upload.options.chunkSize = Math.min(upload.options.chunkSize * 2, LARGEST);
          if (took > 8000) upload.options.chunkSize = Math.max(upload.options.chunkSize / 2, SMALLEST);
        },
        onSuccess({ lastResponse }) {
          clearInterval(watch);
          box.dataset.state = "done";
          window.location.assign(lastResponse.getHeader("X-Location") || window.location.href);
        },
        onError: failed,
      };
    }

    function again() {
      clearTimeout(again.timer);
      if (!broken || box.dataset.state !== "running") return;
      broken = false;
      upload.start();
    }

    async function failed(error) {
      const response = error.originalResponse;
      const code = response?.getStatus() ?? 0;
      if (box.dataset.state !== "running") return;
      broken = true;
      if (!error.originalRequest) {
        refuse(status.dataset.failed); // the file itself can't be read any more
      } else if (passing(code) && !(code === 400 && error.originalRequest?.getMethod() === "POST")) {
        say(code === 0 ? "broken" : "busy");
        again.timer = setTimeout(again, wait);
        wait = Math.min(wait * 2, 30000);
      } else if (code === 401 || (code === 403 && !said(response))) {
        if (!renewed && (await window.freshToken())) {
          renewed = true; // signed in again in another window
          again();
        } else {
          show("paused");
          say("signedOut");
        }
      } else {
        if (code !== 507) await forget((row) => row.uploadUrl === upload.url); // where there is no room now there may be later
        refuse(said(response) || status.dataset.failed);
      }
    }

    function refuse(sentence) {
      clearInterval(watch);
      const input = inputs.find((one) => one.files.length) ?? inputs[0];
      show("waiting");
      window.showFileError(input, sentence);
      input.focus();
    }

    function run() {
      show("running");
      say("running");
      wait = 2000;
      clearInterval(watch);
      moved = Date.now();
      watch = setInterval(async () => {
        if (box.dataset.state !== "running" || Date.now() - moved < STALLED) return;
        moved = Date.now(); // a line may fall silent without breaking
        await upload.abort();
        broken = true;
        again();
      }, 5000);
      broken = false;
      upload.start();
    }

    async function begin(file) {
      [token, told, renewed] = ["", 0, false];
      upload = new tus.Upload(file, options(file));
      const [before] = await upload.findPreviousUploads();
      if (before) {
        token = before.token ?? "";
        upload.resumeFromPreviousUpload(before);
      }
      part("name").textContent = file.name;
      held(0, file.size);
      run();
      part("pause").focus();
    }

    const ask = (method, row) =>
      fetch(row.uploadUrl, { method, headers: { "Tus-Resumable": "1.0.0", "Upload-Token": row.token ?? "" } }).catch(() => null);

    /* On coming back: the newest upload to this question that stopped on this device. */
    async function find() {
      const [row] = (await stopped()).sort((one, other) => Date.parse(other.creationTime) - Date.parse(one.creationTime));
      if (!row || upload) return;
      const response = await ask("HEAD", row);
      if (response?.status === 404 || response?.status === 410 || response?.headers.get("X-Location")) {
        await storage.removeUpload(row.urlStorageKey);
        find();
      } else if (response?.ok && !upload) {
        part("name").textContent = row.metadata.filename;
        show("found");
        held(Number(response.headers.get("Upload-Offset")), row.size);
        say("found");
      }
    }

    async function throwAway() {
      clearInterval(watch);
      clearTimeout(again.timer);
      const running = upload;
      upload = null;
      show("waiting");
      await running?.abort();
      for (const row of await stopped()) await ask("DELETE", row);
      await forget(() => true);
      inputs.forEach((input) => {
        input.value = "";
      });
      inputs[0].focus();
    }

    part("pause").addEventListener("click", () => {
      show("paused");
      say("paused");
      upload.abort();
    });
    part("resume").addEventListener("click", run);
    part("cancel").addEventListener("click", throwAway);
    window.addEventListener("online", again);
    window.addEventListener("beforeunload", (event) => {
      if (box.dataset.state === "running") event.preventDefault();
    });
    document.addEventListener("submit", (event) => {
      const input = inputs.find((one) => one.files.length);
      if (event.target !== form || event.defaultPrevented || !input) return;
      event.preventDefault();
      begin(input.files[0]);
    });
    for (const input of inputs) {
      Object.assign(input.dataset, { maxBytes: form.dataset.maxBytes, tooLarge: form.dataset.tooLarge });
      input.addEventListener("change", () => {
        if (input.files.length) inputs.filter((other) => other !== input).forEach((other) => { other.value = ""; });
      });
    }
    const hint = form.querySelector("[data-hint]");
    if (hint) hint.textContent = hint.dataset.hint;
    find();
  }

  document.querySelectorAll("form[data-upload][data-endpoint]").forEach(uploader);
})();
