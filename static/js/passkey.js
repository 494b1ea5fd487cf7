/* A passkey that was cancelled or is missing is said in words. The sentence stands, translated, in the data attribute. */
document.addEventListener("allauth.error", (event) => {
  const place = document.querySelector("[data-passkey-refused]");
  if (!place) return;
  event.preventDefault();
  place.textContent = place.dataset.text;
  place.hidden = false;
});
