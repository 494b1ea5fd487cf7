/* figure[data-player]: beside the browser's own controls a choice of speed, and a waveform in which one can seek.
   Without scripts the controls alone play, and the waveform is a picture. */
(() => {
  function clock(seconds) {
    const whole = Math.floor(seconds);
    return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
  }

  function seconds(player, media) {
    return Number.isFinite(media.duration) && media.duration > 0 ? media.duration : Number(player.dataset.seconds) || 0;
  }

  function addSeeking(player, media, wave) {
    const range = document.createElement("input");
    range.type = "range";
    range.min = "0";
    range.step = "0.1";
    range.setAttribute("aria-label", wave.dataset.label);
    const show = () => {
      const whole = seconds(player, media);
      range.max = String(whole);
      range.value = String(media.currentTime);
      range.setAttribute("aria-valuetext", `${clock(media.currentTime)} / ${clock(whole)}`);
      wave.style.setProperty("--played", String(whole ? media.currentTime / whole : 0));
    };
    range.addEventListener("input", () => {
      media.currentTime = Number(range.value);
      show();
    });
    range.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: -5, ArrowDown: -5, ArrowRight: 5, ArrowUp: 5, PageDown: -30, PageUp: 30 }[event.key];
      if (!step) return;
      event.preventDefault();
      media.currentTime = Math.min(Math.max(media.currentTime + step, 0), seconds(player, media));
      show();
    });
    for (const name of ["timeupdate", "seeked", "loadedmetadata", "durationchange"]) media.addEventListener(name, show);
    wave.append(range);
    show();
  }

  function enhance(player) {
    const media = player.querySelector("video, audio");
    if (!media) return;
    const wave = player.querySelector("[data-player-wave]");
    if (wave) addSeeking(player, media, wave);
    const speed = player.querySelector("[data-player-speed]");
    if (speed) {
      speed.hidden = false;
      speed.querySelector("select").addEventListener("change", (event) => {
        media.playbackRate = media.defaultPlaybackRate = Number(event.target.value);
      });
    }
    media.addEventListener("play", () => {
      for (const other of document.querySelectorAll("[data-player] :is(video, audio)")) if (other !== media) other.pause();
    });
  }

  document.querySelectorAll("[data-player]").forEach(enhance);
})();
