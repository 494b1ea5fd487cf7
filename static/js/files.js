/* Files are checked before they travel, and form[data-upload] shows how far the upload is.
   Sentences come translated in data attributes. Without scripts the form is a plain POST. */
(() => {
  function errorPlace(input) {
    const field = input.closest(".field");
    let place = document.getElementById(`${input.id}_error`);
    if (!place && field) {
      place = document.createElement("p");
      place.id = `${input.id}_error`;
      place.className = "field__error";
      input.before(place);
    }
    return place;
  }

  function show(input, message) {
    const place = errorPlace(input);
    const field = input.closest(".field");
    if (!place) return;
    place.textContent = message;
    place.hidden = !message;
    place.setAttribute("role", "alert");
    field?.classList.toggle("field--error", Boolean(message));
    input.setAttribute("aria-invalid", message ? "true" : "false");
    const described = new Set((input.getAttribute("aria-describedby") || "").split(/\s+/).filter(Boolean));
    described.add(place.id);
    input.setAttribute("aria-describedby", [...described].join(" "));
  }

  function accepted(file, accept) {
    if (!accept) return true;
    return accept.split(",").some((entry) => {
      const kind = entry.trim().toLowerCase();
      if (kind.startsWith(".")) return file.name.toLowerCase().endsWith(kind);
      if (kind.endsWith("/*")) return file.type.startsWith(kind.slice(0, -1));
      return file.type === kind;
    });
  }

  function problem(input) {
    const max = Number(input.dataset.maxBytes);
    for (const file of input.files) {
      if (max && file.size > max) return input.dataset.tooLarge || "";
      if (!accepted(file, input.accept)) return input.dataset.wrongKind || "";
    }
    return "";
  }

  document.addEventListener("change", (event) => {
    if (event.target.matches?.("input[type=file][data-max-bytes]")) show(event.target, problem(event.target));
  });

  function upload(form, submitter, input) {
    const box = form.querySelector("[data-upload-progress]");
    const bar = box?.querySelector("progress");
    const text = box?.querySelector("[data-upload-text]");
    const request = new XMLHttpRequest();
    const data = new FormData(form, submitter);

    const failed = (message) => {
      if (box) box.hidden = true;
      if (submitter) submitter.disabled = false;
      show(input, message || input.dataset.failed || "");
      input.focus();
    };

    request.upload.addEventListener("progress", (event) => {
      if (!event.lengthComputable || !box) return;
      const percent = Math.floor((100 * event.loaded) / event.total);
      box.hidden = false;
      bar.value = percent;
      text.textContent = text.dataset.text.replace("{percent}", percent);
    });
    request.addEventListener("load", () => {
      if (request.status < 400) {
        window.location.assign(request.getResponseHeader("X-Location") || request.responseURL);
      } else {
        const said = request.getResponseHeader("X-Error");
        failed(said && decodeURIComponent(said));
      }
    });
    request.addEventListener("error", () => failed());
    request.addEventListener("timeout", () => failed());

    request.open("POST", form.getAttribute("action") || window.location.href);
    request.setRequestHeader("X-Requested-With", "upload");
    if (submitter) submitter.disabled = true;
    request.send(data);
  }

  document.addEventListener("submit", (event) => {
    const form = event.target;
    const inputs = [...form.querySelectorAll("input[type=file]")].filter((input) => input.files.length);
    const wrong = inputs.find((input) => problem(input));
    if (wrong) {
      event.preventDefault();
      show(wrong, problem(wrong));
      wrong.focus();
    } else if (form.matches("[data-upload]") && inputs.length && !event.defaultPrevented) {
      event.preventDefault();
      upload(form, event.submitter, inputs[0]);
    }
  });
})();
