/* What has not reached the server yet is kept in this browser, sealed with a key that can't leave it: unsent text of pages
   that allow it, and recordings slice by slice. It goes when the server has acknowledged it, at sign-out and after 7 days.
   window.vault is missing where the browser can't keep anything safely; then nothing is kept. */
(() => {
  if (!window.indexedDB || !window.crypto?.subtle) return;
  const LONGEST = 7 * 24 * 3600 * 1000;
  const FLAG = "fulcrum-keeps"; // says without opening anything whether there is something to look for
  const STORES = ["keys", "texts", "takes", "slices"];
  let opened;

  const settled = (request) =>
    new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });

  function database() {
    opened ??= new Promise((resolve, reject) => {
      const request = indexedDB.open("fulcrum", 1);
      request.onupgradeneeded = () => {
        request.result.createObjectStore("keys");
        request.result.createObjectStore("texts", { keyPath: "id" }); // id, page, at, sealed
        request.result.createObjectStore("takes", { keyPath: "id" }); // id, at, type, seconds, url, token
        request.result.createObjectStore("slices", { keyPath: ["take", "number"] }); // size, sealed
      };
      request.onsuccess = () => {
        request.result.onversionchange = () => request.result.close();
        resolve(request.result);
      };
      request.onerror = () => reject(request.error);
    });
    return opened;
  }

  /* Resolves when the transaction is through, with what the request of `act` found. */
  async function within(names, mode, act) {
    const transaction = (await database()).transaction(names, mode);
    const through = new Promise((resolve, reject) => {
      transaction.oncomplete = resolve;
      transaction.onabort = () => reject(transaction.error);
    });
    const found = act(...[names].flat().map((name) => transaction.objectStore(name)));
    const [result] = await Promise.all([found && settled(found), through]);
    return result;
  }

  const get = (store, id) => within(store, "readonly", (rows) => rows.get(id));
  const all = (store, range) => within(store, "readonly", (rows) => rows.getAll(range));
  const remove = (store, id) => within(store, "readwrite", (rows) => rows.delete(id));

  function put(store, row) {
    localStorage.setItem(FLAG, "yes");
    return within(store, "readwrite", (rows) => rows.put(row));
  }

  async function key() {
    const found = await get("keys", "key");
    if (found) return found;
    const made = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
    await within("keys", "readwrite", (rows) => rows.add(made, "key")).catch(() => null); // another window was first
    return get("keys", "key");
  }

  async function seal(bytes) {
    const iv = crypto.getRandomValues(new Uint8Array(12));
    return { iv, data: await crypto.subtle.encrypt({ name: "AES-GCM", iv }, await key(), bytes) };
  }

  async function unseal({ iv, data }) {
    return crypto.subtle.decrypt({ name: "AES-GCM", iv }, await key(), data);
  }

  const slicesOf = (id) => IDBKeyRange.bound([id], [id, []]);

  function removeTake(id) {
    return within(["takes", "slices"], "readwrite", (takes, slices) => {
      takes.delete(id);
      slices.delete(slicesOf(id));
    });
  }

  const uploads = () => Object.keys(localStorage).filter((name) => name.startsWith("tus::"));

  function clear() {
    uploads().forEach((name) => localStorage.removeItem(name));
    localStorage.removeItem(FLAG);
    return within(STORES, "readwrite", (...stores) => {
      stores.forEach((rows) => rows.clear());
    });
  }

  async function sweep() {
    const [limit, texts, takes] = [Date.now() - LONGEST, await all("texts"), await all("takes")];
    for (const row of texts) if (row.at < limit) await remove("texts", row.id);
    for (const row of takes) if (row.at < limit) await removeTake(row.id);
    for (const name of uploads()) {
      if (!(Date.parse(JSON.parse(localStorage.getItem(name)).creationTime) >= limit)) localStorage.removeItem(name);
    }
  }

  /* Signing out leaves nothing behind; what would be lost by it is asked about first. */
  async function signOut(form) {
    const rest = [...(await all("texts")), ...(await all("takes")), ...uploads()];
    if (rest.length && form.dataset.signOut && !window.confirm(form.dataset.signOut)) return;
    await clear();
    form.submit();
  }

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("[data-sign-out]") || !localStorage.getItem(FLAG)) return;
    event.preventDefault();
    signOut(form).catch(() => form.submit());
  });

  if (localStorage.getItem(FLAG)) sweep().catch(() => null);
  window.vault = Object.freeze({ get, all, put, remove, seal, unseal, slicesOf, removeTake, flag: () => localStorage.setItem(FLAG, "yes") });
})();
