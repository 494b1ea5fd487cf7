/* The summary of errors takes the focus, on arrival and after a swap. */
(() => {
  function focusSummary() {
    const summary = document.querySelector(".error-summary:not([data-focused])");
    if (!summary) return;
    summary.dataset.focused = "yes";
    summary.focus();
  }

  focusSummary();
  document.addEventListener("htmx:after:swap", focusSummary);
})();
