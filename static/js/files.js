/* Files are checked before they travel. Sentences come translated in data attributes. */
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

  window.showFileError = show;

  document.addEventListener("change", (event) => {
    if (event.target.matches?.("input[type=file][data-max-bytes]")) show(event.target, problem(event.target));
  });

  document.addEventListener("submit", (event) => {
    const form = event.target;
    const inputs = [...form.querySelectorAll("input[type=file]")].filter((input) => input.files.length);
    const wrong = inputs.find((input) => problem(input));
    if (wrong) {
      event.preventDefault();
      show(wrong, problem(wrong));
      wrong.focus();
    }
  });
})();
