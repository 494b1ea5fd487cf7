/* A recording that is being made: its slices lie sealed in the vault at once, and travel to the server while it goes on
   (tus 1.0 with a length that is told at the end). It stays on the device until the server has acknowledged all of it. */
(() => {
  const { vault } = window;
  if (!vault) return;
  const PIECE = 1024 * 1024;
  const PAUSE = 2000;
  const PATIENCE = 60000;
  const headers = { "Tus-Resumable": "1.0.0" };
  const encoded = (text) => btoa(String.fromCharCode(...new TextEncoder().encode(text)));

  class Take {
    /* row: id (what it is the answer to), at, type, seconds, url and token of its upload, whole once its person keeps it */
    constructor(row, blobs = []) {
      this.row = row;
      this.blobs = blobs;
      this.safe = true; // it lies on the device
      this.queue = Promise.resolve();
    }

    static async found(id) {
      const row = await vault.get("takes", id);
      if (!row) return null;
      const blobs = [];
      for (const slice of await vault.all("slices", vault.slicesOf(id))) {
        blobs.push(new Blob([await vault.unseal(slice.sealed)]));
      }
      return new Take(row, blobs);
    }

    get size() {
      return this.blobs.reduce((sum, blob) => sum + blob.size, 0);
    }

    get blob() {
      return new Blob(this.blobs, { type: this.row.type });
    }

    after(act) {
      this.queue = this.queue.then(act).catch(() => {
        this.safe = false; // no room on the device: it stays in memory, and travels on
      });
      return this.queue;
    }

    add(blob, seconds) {
      const number = this.blobs.push(blob);
      this.row.seconds = seconds;
      return this.after(async () => {
        const sealed = await vault.seal(await blob.arrayBuffer());
        await vault.put("slices", { take: this.row.id, number, sealed });
        await vault.put("takes", this.row);
      });
    }

    note(values) {
      Object.assign(this.row, values);
      return this.after(() => vault.put("takes", this.row));
    }

    remove() {
      return this.after(() => vault.removeTake(this.row.id));
    }
  }

  /* Carries a take to the server. Tells by `on.held(bytes)`, `on.trouble("offline" | "signed-out")`, `on.refused(sentence)` and
     `on.done(page)`. */
  class Carrier {
    constructor(take, { endpoint, name, token, on }) {
      Object.assign(this, { take, endpoint, name, token, on });
      this.held = take.row.url ? null : 0; // null: to be asked
      this.stopped = false;
      this.wake = () => null;
      for (const event of ["online", "focus"]) window.addEventListener(event, () => this.wake());
    }

    async start() {
      let wait = PAUSE;
      while (!this.stopped) {
        const went = await this.step().catch(() => "offline");
        if (this.stopped) return;
        if (went === "offline" || went === "signed-out") {
          this.held = this.take.row.url ? null : 0;
          this.on.trouble(went);
          if (went === "signed-out") await window.freshToken();
          wait = Math.min(wait * 2, 30000);
        } else {
          wait = PAUSE;
        }
        if (went !== "more") await this.rest(wait);
      }
    }

    rest(time) {
      return new Promise((resolve) => {
        const timer = setTimeout(resolve, time);
        this.wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }

    async step() {
      const { row } = this.take;
      if (!row.url) return this.create();
      if (this.held === null) return this.look();
      const whole = row.whole === true;
      const [size, from] = [this.take.size, this.held];
      const body = this.take.blob.slice(from, from + PIECE, "application/offset+octet-stream");
      if (!body.size && !whole) return "waiting";
      const length = whole ? { "Upload-Length": String(size) } : {};
      const response = await this.send("PATCH", row.url, { "Upload-Offset": String(from), ...length }, body);
      return this.read(response, whole || from + body.size < size ? "more" : "waiting");
    }

    async create() {
      const { row } = this.take;
      const type = row.type.split(";")[0];
      const data = { filename: this.name, filetype: type, target: row.id };
      const metadata = Object.entries(data).map(([key, value]) => `${key} ${encoded(value)}`).join(",");
      const token = { "X-CSRFToken": this.token() };
      const response = await this.send("POST", this.endpoint, { ...token, "Upload-Defer-Length": "1", "Upload-Metadata": metadata });
      if (response.status === 201) {
        await this.take.note({ url: response.headers.get("Location"), token: response.headers.get("Upload-Token") });
        this.held = 0;
      }
      return this.read(response, "more");
    }

    async look() {
      const response = await this.send("HEAD", this.take.row.url, {});
      if (response.status === 404 || response.status === 410) {
        await this.take.note({ url: "", token: "" }); // it was away too long: all of it is still here
        this.held = 0;
        return "more";
      }
      return this.read(response, "more");
    }

    send(method, url, more, body) {
      const token = method === "POST" || !this.take.row.token ? {} : { "Upload-Token": this.take.row.token };
      return fetch(url, { method, body, headers: { ...headers, ...token, ...more }, signal: AbortSignal.timeout?.(PATIENCE) });
    }

    read(response, next) {
      const said = decodeURIComponent(response.headers.get("X-Error") || "");
      const { status } = response;
      if (response.ok) {
        this.held = Number(response.headers.get("Upload-Offset") ?? 0);
        this.on.held(this.held);
        const page = response.headers.get("X-Location");
        if (!page) return next;
        this.stopped = true;
        this.on.done(page);
        return "done";
      }
      if (status === 401 || (status === 403 && !said)) return "signed-out";
      const passing = [408, 409, 423, 429].includes(status) || (status >= 500 && status !== 507);
      if (passing || (this.take.row.url && [400, 404, 410].includes(status))) return "offline"; // the next look tells more
      this.stopped = true;
      this.on.refused(said);
      return "refused";
    }

    async stop({ remove = false } = {}) {
      this.stopped = true;
      this.wake();
      const { url, token } = this.take.row;
      if (remove && url) await fetch(url, { method: "DELETE", headers: { ...headers, "Upload-Token": token } }).catch(() => null);
    }
  }

  Object.assign(window, { Take, Carrier });
})();
