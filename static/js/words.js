/* Live word counter for textarea[data-max-words].
   The counter is the element named by data-counter; its sentences come translated in data-left and data-over
   with {n} where the number goes. What is seen changes at once, what is announced waits for a pause. */
(() => {
  // as fulcrum/guard/text.py cleans and counts
  const unwanted = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g;
  const count = (text) =>
    (text.replace(/\r\n?/g, "\n").replace(unwanted, "").normalize("NFC").match(/[\p{L}\p{N}_][\p{L}\p{N}_'’.-]*/gu) || []).length;

  function attach(area) {
    const counter = document.getElementById(area.dataset.counter);
    const max = Number(area.dataset.maxWords);
    if (!counter || !max || area.dataset.counted) return;
    area.dataset.counted = "yes";

    const seen = document.createElement("span");
    seen.setAttribute("aria-hidden", "true");
    const spoken = document.createElement("span");
    spoken.className = "vh";
    spoken.setAttribute("aria-live", "polite");
    counter.replaceChildren(seen, spoken);
    let pause;

    const update = (speak) => {
      const left = max - count(area.value);
      const sentence = left < 0 ? counter.dataset.over : counter.dataset.left;
      seen.textContent = sentence.replace("{n}", Math.abs(left));
      counter.classList.toggle("counter--over", left < 0);
      clearTimeout(pause);
      if (speak) {
        pause = setTimeout(() => {
          spoken.textContent = seen.textContent;
        }, 1200);
      }
    };

    area.addEventListener("input", () => update(true));
    update(false);
  }

  const attachAll = () => document.querySelectorAll("textarea[data-max-words]").forEach(attach);
  attachAll();
  document.addEventListener("htmx:after:swap", attachAll);
})();
