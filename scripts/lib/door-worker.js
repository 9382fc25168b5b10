// The door of `npm start`: a Worker in front of the Worker that does what Cloudflare's edge does in production. It
// answers for the static files, and tells the client's address. door.ts wires it; nothing of it is deployed.
let files;

const pathOf = (url) => {
  const start = url.indexOf("/", url.indexOf("://") + 3);
  if (start < 0) return "/";
  const query = url.indexOf("?", start);
  return query < 0 ? url.slice(start) : url.slice(start, query);
};

const READABLE = /^https?:\/\/(?:[\w.-]+|\[[\da-f:.]+\])(?::\d*)?\//i;

export default {
  fetch(incoming, env) {
    // A broken Host makes an address that cannot be asked for; the Worker looks at the header and refuses it.
    const request =
      READABLE.test(incoming.url) && URL.canParse(incoming.url)
        ? incoming
        : new Request(`http://localhost${pathOf(incoming.url)}`, incoming);
    files ??= new Set(env.FILE_PATHS);
    if (files.has(pathOf(request.url))) return env.FILES.fetch(request);
    const address = addressOf(request.cf?.clientIp ?? "");
    // The edge would overwrite this header. From this machine it stays, so that a test can play many clients.
    if (isLoopback(address) && request.headers.has("cf-connecting-ip")) return env.WORKER.fetch(request);
    const forwarded = new Request(request);
    forwarded.headers.set("cf-connecting-ip", address);
    return env.WORKER.fetch(forwarded);
  },
};

const isLoopback = (address) => address === "::1" || address.startsWith("127.");

/** `192.168.1.7:50000`, `[::1]:50000` or `[::ffff:192.168.1.7]:50000` without what is not the address. */
const addressOf = (peer) =>
  peer
    .replace(/:\d+$/, "")
    .replace(/^\[(.*)\]$/, "$1")
    .replace(/^::ffff:(?=\d+\.)/, "") || "127.0.0.1";
