/* Text boxes grow with their text, where the style sheet can't make them. */
(() => {
  if (CSS.supports("field-sizing", "content")) return;

  function grow(area) {
    area.style.height = "auto";
    area.style.height = `${area.scrollHeight + area.offsetHeight - area.clientHeight}px`;
  }

  const growAll = () => document.querySelectorAll("textarea").forEach(grow);
  document.addEventListener("input", (event) => event.target.matches("textarea") && grow(event.target));
  document.addEventListener("htmx:after:swap", growAll);
  window.addEventListener("resize", growAll);
  growAll();
})();
