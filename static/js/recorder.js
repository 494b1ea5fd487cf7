/* section[data-recorder]: try the microphone, record, pause, listen, again, keep. What each state shows stands in data-when,
   every sentence, translated, in the data attributes of [data-status]. Sound and picture go through take.js. */
(() => {
  const { Take, Carrier } = window;
  const SLICE = 1000;
  const TYPES = {
    audio: ["audio/webm;codecs=opus", "audio/mp4", "audio/ogg;codecs=opus", "audio/webm"],
    video: ["video/webm;codecs=vp8,opus", "video/mp4;codecs=avc1.42E01E,mp4a.40.2", "video/mp4", "video/webm"],
  };
  const ENDINGS = { "audio/webm": "webm", "audio/mp4": "m4a", "audio/ogg": "ogg", "video/webm": "webm", "video/mp4": "mp4" };
  const REFUSALS = {
    NotAllowedError: "denied", SecurityError: "denied", NotFoundError: "missing", OverconstrainedError: "missing",
    NotReadableError: "busy", AbortError: "busy",
  };
  const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;

  function recorder(section) {
    const { channel, target, endpoint, name } = section.dataset;
    const limit = Number(section.dataset.maxSeconds);
    const one = (selector) => section.querySelector(`[data-${selector}]`);
    const [status, problem, meter, bar, listen, preview] =
      ["status", "problem", "level", "sent-bar", "listen", "preview"].map(one);
    const type = TYPES[channel].find((kind) => window.MediaRecorder?.isTypeSupported(kind));
    const form = document.querySelector("form[data-upload]");
    let state = "";
    let [stream, ear, machine, take, carrier, address] = [null, null, null, null, null, ""];
    let [past, since, heard, ticker] = [0, 0, 0, null];

    const seconds = () => past + (since ? (performance.now() - since) / 1000 : 0);

    function fill(text, values) {
      return Object.entries(values).reduce((words, [key, value]) => words.replace(`{${key}}`, value), text ?? "");
    }

    function say(sentence, values = {}) {
      status.replaceChildren(fill(status.dataset[sentence], values));
    }

    function complain(sentence, link = false) {
      problem.replaceChildren(sentence);
      if (link) {
        const anchor = document.createElement("a");
        Object.assign(anchor, { href: status.dataset.signInUrl, target: "_blank", rel: "noopener" });
        anchor.textContent = status.dataset.signIn;
        problem.append(" ", anchor);
      }
      problem.closest(".notice").hidden = !sentence;
    }

    function show(next) {
      const focused = section.contains(document.activeElement);
      state = section.dataset.state = next;
      for (const part of section.querySelectorAll("[data-when]")) part.hidden = !part.dataset.when.split(" ").includes(next);
      if (focused && document.activeElement?.offsetParent == null) {
        [...section.querySelectorAll("button")].find((button) => button.offsetParent)?.focus();
      }
    }

    function tick() {
      one("clock").textContent = clock(Math.min(seconds(), limit));
      if (ear) {
        ear.analyser.getFloatTimeDomainData(ear.wave);
        const loud = Math.sqrt(ear.wave.reduce((sum, value) => sum + value * value, 0) / ear.wave.length);
        meter.value = Math.min(100, Math.round(loud * 300));
        heard = meter.value >= 4 ? heard + 1 : heard;
        if (state === "testing" && heard === 5) say("heard");
      }
      if (state !== "recording") return;
      const left = limit - seconds();
      if (left <= 30 && limit > 60 && !tick.warned) say("soon");
      tick.warned = left <= 30;
      if (left <= 0) finish("over");
    }

    /* Devices */

    async function open() {
      complain("");
      if (stream?.active) return true;
      const picture = channel === "video" ? { width: { ideal: 1280 }, height: { ideal: 720 }, facingMode: "user" } : false;
      try {
        stream = await navigator.mediaDevices.getUserMedia({ audio: true, video: picture });
      } catch (error) {
        complain(status.dataset[REFUSALS[error.name] ?? "failed"]);
        return false;
      }
      for (const track of stream.getTracks()) track.addEventListener("ended", () => machine?.state !== "inactive" && finish("cut"));
      const context = new AudioContext();
      const analyser = context.createAnalyser();
      context.createMediaStreamSource(stream).connect(analyser);
      ear = { context, analyser, wave: new Float32Array(analyser.fftSize) };
      if (preview) {
        preview.srcObject = stream;
        preview.play().catch(() => null);
      }
      ticker ??= setInterval(tick, 100);
      return true;
    }

    function close() {
      clearInterval(ticker);
      ticker = null;
      ear?.context.close();
      for (const track of stream?.getTracks() ?? []) track.stop();
      if (preview) preview.srcObject = null;
      [stream, ear] = [null, null];
    }

    /* Recording */

    async function record() {
      if (!(await open())) return;
      [past, tick.warned] = [0, false];
      take = new Take({ id: target, at: Date.now(), type: machineType(), seconds: 0, url: "", token: "" });
      const making = take;
      machine = new MediaRecorder(stream, { mimeType: type, audioBitsPerSecond: 96000, videoBitsPerSecond: 1500000 });
      machine.ondataavailable = (event) => {
        if (event.data.size) making.add(event.data, seconds());
        if (!making.safe) say("unsafe");
      };
      machine.onstart = () => {
        since = performance.now();
      };
      machine.start(SLICE);
      carry();
      show("recording");
      say("started");
    }

    const machineType = () => type.split(";")[0];

    function pause() {
      machine.pause();
      [past, since] = [seconds(), 0];
      show("paused");
      say("paused");
    }

    function goOn() {
      machine.resume();
      since = performance.now();
      show("recording");
      say("started");
    }

    /* Ends the recording, and lets it be heard. */
    function finish(why) {
      if (machine.state === "inactive") return;
      [past, since] = [seconds(), 0];
      machine.onstop = async () => {
        await take.queue;
        close();
        if (take.size) {
          review(why);
          return;
        }
        await again(); // not a moment of it
        complain(status.dataset.failed);
      };
      machine.stop();
    }

    function review(why) {
      URL.revokeObjectURL(address);
      address = URL.createObjectURL(take.blob);
      listen.src = address;
      const save = one("save");
      Object.assign(save, { href: address, download: fileName() });
      one("clock").textContent = clock(take.row.seconds);
      show("review");
      say(why, { time: clock(take.row.seconds) });
    }

    /* Carrying */

    const fileName = () => `${name}.${ENDINGS[take.row.type] ?? "webm"}`;

    function carry() {
      carrier?.stop();
      const on = {
        held(bytes) {
          const size = take.size;
          bar.value = size ? Math.floor((100 * bytes) / size) : 0;
          one("sent").textContent = fill(one("sent").dataset.text, { percent: bar.value });
          if (state === "sending" && status.textContent !== status.dataset.sending) say("sending");
        },
        trouble(what) {
          if (state !== "sending") return; // while it is made nothing is lost yet
          if (what === "offline") say("offline");
          else complain(status.dataset.signedOut, true);
        },
        refused(sentence) {
          if (state === "sending") review("kept");
          complain(sentence || status.dataset.failed);
        },
        async done(page) {
          show("done");
          await take.remove();
          window.location.assign(page);
        },
      };
      const token = () => form.elements.namedItem("csrfmiddlewaretoken").value;
      carrier = new Carrier(take, { endpoint, name: fileName(), token, on });
      carrier.start();
    }

    async function keep() {
      complain("");
      await take.note({ whole: true });
      show("sending");
      say("sending");
      if (!carrier || carrier.stopped) carry();
      else carrier.wake();
    }

    async function again() {
      complain("");
      listen.removeAttribute("src");
      listen.load();
      const old = take;
      const gone = carrier ?? new Carrier(old, { endpoint, name, token: () => "", on: {} });
      [take, carrier, past] = [null, null, 0];
      one("clock").textContent = clock(0);
      await gone.stop({ remove: true });
      await old.remove();
      show("idle");
      say("nothing");
    }

    async function test() {
      heard = 0;
      if (!(await open())) return;
      show("testing");
      say("testing");
    }

    function endTest() {
      close();
      show("idle");
      say("nothing");
    }

    const acts = { test, "end-test": endTest, record, pause, "go-on": goOn, finish: () => finish("made"), keep, again, listen: () => review("kept") };
    for (const button of section.querySelectorAll("[data-act]")) button.addEventListener("click", acts[button.dataset.act]);
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "hidden" && machine?.state === "recording") machine.requestData();
    });
    window.addEventListener("beforeunload", (event) => {
      if (["recording", "paused", "sending"].includes(state)) event.preventDefault();
    });

    async function begin() {
      section.hidden = false;
      if (!type || !navigator.mediaDevices || !Take) {
        show("without");
        return;
      }
      take = await Take.found(target).catch(() => null);
      if (take && !take.size) {
        await take.remove();
        take = null;
      }
      if (!take) {
        show("idle");
      } else if (take.row.whole) {
        keep(); // it was to be sent when the page was closed
      } else {
        show("found");
        say("found", { time: clock(take.row.seconds) });
      }
    }

    /* One window at a time: another one would take the slices of this one for a broken recording. */
    if (!navigator.locks) {
      begin();
      return;
    }
    const wait = setTimeout(() => {
      section.hidden = false;
      show("elsewhere");
    }, 1000);
    navigator.locks.request(`take ${target}`, () => {
      clearTimeout(wait);
      begin();
      return new Promise(() => {});
    });
  }

  document.querySelectorAll("[data-recorder]").forEach(recorder);
})();
