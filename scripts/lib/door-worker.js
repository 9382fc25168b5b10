// The front worker ("door") of `npm start`. It does the part of Cloudflare's edge in production: it serves the static
// files and adds the client's address to requests. door.ts configures it. It is not deployed.
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
    // An invalid Host header gives a URL that cannot be fetched. The Worker gets a valid URL and refuses the header
    // itself.
    const request =
      READABLE.test(incoming.url) && URL.canParse(incoming.url)
        ? incoming
        : new Request(`http://localhost${pathOf(incoming.url)}`, incoming);
    files ??= new Set(env.FILE_PATHS);
    if (files.has(pathOf(request.url))) return env.FILES.fetch(request);
    const address = addressOf(request.cf?.clientIp ?? "");
    // The edge overwrites this header. Here requests from the local machine keep it, so that a test can act as many
    // clients.
    if (isLoopback(address) && request.headers.has("cf-connecting-ip")) return env.WORKER.fetch(request);
    const forwarded = new Request(request);
    forwarded.headers.set("cf-connecting-ip", address);
    return env.WORKER.fetch(forwarded);
  },
};

const isLoopback = (address) => address === "::1" || address.startsWith("127.");

/** Returns the IP address of a peer such as `192.168.1.7:50000`, `[::1]:50000` or `[::ffff:192.168.1.7]:50000`. */
const addressOf = (peer) =>
  peer
    .replace(/:\d+$/, "")
    .replace(/^\[(.*)\]$/, "$1")
    .replace(/^::ffff:(?=\d+\.)/, "") || "127.0.0.1";
