// One upload's side of the talk with our relay: begun with the session, carried on with a token that
// this page renews. Uppy believes it talks to S3; `signRequest` sends it to the relay, which speaks the same.

const MIB = 1024 * 1024;
const HASH_UP_TO = 64 * MIB;

/** Bytes of each part: whole MiB, at least `least`, at most `parts` of them. The server counts the same way. */
export function partSize(size, { least, parts }) {
  return Math.max(least, Math.ceil(Math.ceil(size / parts) / MIB) * MIB);
}

/** The sentence in an S3-like error document, or "". */
export function messageOf(xml) {
  if (!xml) return "";
  const found = new DOMParser().parseFromString(xml, "application/xml").querySelector("Message");
  return found ? found.textContent : "";
}

async function post(url, csrf, fields = {}) {
  let response;
  try {
    response = await fetch(url, { method: "POST", headers: { "X-CSRFToken": csrf }, body: new URLSearchParams(fields) });
  } catch {
    // The code that Uppy gives to a part whose line broke off.
    const away = new Error("The dashboard could not be reached. Check your connection, then try again.");
    throw Object.assign(away, { code: "NETWORK" });
  }
  const type = response.headers.get("Content-Type") ?? "";
  if (response.redirected || !type.startsWith("application/json")) {
    throw new Error("You are no longer logged in, or may not upload. Reload the page, then try again.");
  }
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.message);
  return answer;
}

async function sha256(blob) {
  // Only on https: and localhost; the length is checked everywhere.
  if (!globalThis.crypto?.subtle || blob.size > HASH_UP_TO) return "";
  const digest = await crypto.subtle.digest("SHA-256", await blob.arrayBuffer());
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export class UploadSessions {
  #byFile = new Map();
  #byId = new Map();

  constructor({ beginUrl, csrf, fileOf }) {
    this.beginUrl = beginUrl;
    this.csrf = csrf;
    this.fileOf = fileOf;
  }

  /** The session of a file, if it has one. */
  of(fileId) {
    return this.#byFile.get(fileId);
  }

  /** Forget a file's session, so that a retry begins anew. */
  forget(fileId) {
    const session = this.#byFile.get(fileId);
    if (session) this.#byId.delete(session.id);
    this.#byFile.delete(fileId);
  }

  async #begin(fileId) {
    const known = this.#byFile.get(fileId);
    if (known) return known;
    const file = this.fileOf(fileId);
    const answer = await post(this.beginUrl, this.csrf, {
      distribution: file.meta.distribution,
      file_name: file.meta.givenName,
      size: file.size,
      content_type: file.type ?? "",
    });
    // Whole, with the host: Uppy takes the address of an empty file's PUT apart, and throws at one without.
    const relay = new URL(answer.relay, location.href).href;
    const session = { ...answer, relay, fileId, until: Date.now() + answer.seconds * 1000 };
    this.#byFile.set(fileId, session);
    this.#byId.set(session.id, session);
    return session;
  }

  async #fresh(session) {
    // Renewed long before its end: a part on a slow line may take minutes.
    if (Date.now() > session.until - (session.seconds * 1000) / 2) {
      const answer = await post(session.renew, this.csrf);
      session.token = answer.token;
      session.until = Date.now() + answer.seconds * 1000;
    }
    return { "X-Upload-Token": session.token };
  }

  /** Uppy's signer: where a request goes, and with which headers. */
  signRequest = async ({ method, key, uploadId, partNumber }) => {
    const session = this.#byId.get(uploadId ?? key) ?? (await this.#begin(key));
    const headers = await this.#fresh(session);
    if (partNumber) {
      const start = (partNumber - 1) * session.part_size;
      const digest = await sha256(this.fileOf(session.fileId).data.slice(start, start + session.part_size));
      if (digest) headers["X-Part-Sha256"] = digest;
      return { url: `${session.relay}${partNumber}`, headers, key: session.id };
    }
    const query = method === "POST" && !uploadId ? "?uploads" : `?uploadId=${session.id}`;
    return { url: `${session.relay}${query}`, headers, key: session.id };
  };

  /** Stop an upload at the server; its parts go. */
  async stop(fileId) {
    const session = this.#byFile.get(fileId);
    if (!session) return;
    this.forget(fileId);
    const headers = await this.#fresh(session);
    await fetch(`${session.relay}?uploadId=${session.id}`, { method: "DELETE", headers, keepalive: true });
  }
}
