// A small client of a Kiln server (docs/http-api.md) for browsers and Node 18 or newer, without dependencies.

const FINAL = ["succeeded", "failed", "cancelled"];

/** What the server answered: `code` is stable, the message is for people, `pointer` names the offending member. */
export class KilnError extends Error {
  constructor(status, problem) {
    super(problem.detail ?? `HTTP status ${status}`);
    this.status = status;
    this.code = problem.code ?? `http_${status}`;
    this.pointer = problem.pointer;
  }
}

export class Kiln {
  /** `server`: its URL; in a page that the server itself delivers, "" will do. */
  constructor(server = "") {
    this.server = server.replace(/\/+$/, "");
  }

  /** A job; with route "/batch" a batch. */
  submit(request, { route = "/render", key = crypto.randomUUID(), signal } = {}) {
    return this.#json(route, {
      method: "POST",
      headers: { "Content-Type": "application/json", "Idempotency-Key": key },
      body: JSON.stringify(request),
      signal,
    });
  }

  /** The id of a scene or environment (a Blob or bytes), which is sent only where the server lacks it. */
  async upload(file, { signal } = {}) {
    const bytes = file instanceof Blob ? await file.arrayBuffer() : file;
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
    const id = "sha256:" + Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
    try {
      await this.#json("/assets/" + id, { signal });
    } catch (error) {
      if (error.code !== "unknown_asset") throw error;
      const headers = { "Content-Type": "application/octet-stream" };
      await this.#json("/assets", { method: "POST", headers, body: bytes, signal });
    }
    return id;
  }

  status(id, { wait_s = 0, signal } = {}) {
    return this.#json(`/status/${id}?wait=${wait_s}`, { signal });
  }

  cancel(id) {
    return this.#json("/cancel/" + id, { method: "POST" });
  }

  /** The job or batch once it is over; `changed` hears of each state and progress before. */
  async wait(id, { changed = () => {}, signal } = {}) {
    let job = {};
    for await (const { type, data } of this.events(id, { signal })) {
      if (data.id !== id) continue; // of a batch's job
      if (type === "state") job = data;
      else if (type === "progress" || type === "position") job = { ...job, ...data };
      if (type === "removed") throw new KilnError(404, { code: "unknown_job", detail: `${id} was deleted` });
      if (FINAL.includes(job.status)) break;
      changed(job);
    }
    return job;
  }

  /**
   * The server-sent events of a job or batch: {type, data, id}. Where the connection breaks it is taken up again after
   * the last event that came. Ends with the last event; gives up after `patience_s` without a server.
   */
  async *events(id, { signal, patience_s = 60 } = {}) {
    let last_id = "", away_since = null;
    for (;;) {
      try {
        const headers = { Accept: "text/event-stream", ...(last_id && { "Last-Event-ID": last_id }) };
        const answer = await this.#ask("/events/" + id, { headers, signal });
        for await (const event of parse_events(answer.body)) {
          away_since = null;
          last_id = event.id || last_id;
          yield event;
          if (event.type === "state" && event.data.id === id && FINAL.includes(event.data.status)) return;
        }
      } catch (error) {
        if (signal?.aborted || (error instanceof KilnError && ![502, 503, 504].includes(error.status))) throw error;
        away_since ??= Date.now();
        if (Date.now() - away_since > patience_s * 1000) throw error;
      }
      await new Promise((done) => setTimeout(done, 1000 + 1000 * Math.random()));
    }
  }

  /** The picture of a job, the ZIP of a batch. */
  async result(id, { signal } = {}) {
    return (await this.#ask("/result/" + id, { signal })).blob();
  }

  async #json(target, options) {
    return (await this.#ask(target, options)).json();
  }

  async #ask(target, options) {
    const answer = await fetch(this.server + target, options);
    if (!answer.ok) throw new KilnError(answer.status, await answer.json().catch(() => ({})));
    return answer;
  }
}

/** text/event-stream as Kiln writes it: JSON in one data line, fields with a space after the colon. */
async function* parse_events(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const blocks = (text + value).split("\n\n");
      text = blocks.pop();
      for (const block of blocks) {
        const fields = Object.fromEntries(
          block.split("\n").filter((line) => !line.startsWith(":")).map((line) => line.split(/: ?(.*)/s, 2)));
        if (fields.data) yield { type: fields.event, id: fields.id, data: JSON.parse(fields.data) };
      }
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}
