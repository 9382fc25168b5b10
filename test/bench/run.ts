import { randomInt } from "node:crypto";
import { load } from "./load.ts";
import { startPlatform } from "./platform.ts";

const A = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
const code = () => Array.from({ length: 12 }, () => A[randomInt(32)]).join("");
const p = await startPlatform();
const codes = Array.from({ length: 10_000 }, code);
for (let i = 0; i < codes.length; i += 5000) {
  const t = performance.now();
  const r = await fetch(`${p.origin}/api/sync-codes`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-api-key": p.apiKey },
    body: JSON.stringify({ codes: codes.slice(i, i + 5000).map((c) => ({ code: c })) }),
  });
  console.log(r.status, (performance.now() - t).toFixed(0), "ms", (await r.text()).slice(0, 80));
}
const t0 = performance.now();
for (let i = 0; i < codes.length; i += 50)
  await Promise.all(
    codes.slice(i, i + 50).map((c) => fetch(`${p.origin}/api/verify/${c}`).then((r) => r.text())),
  );
console.log("activate", (performance.now() - t0).toFixed(0));
await new Promise((r) => setTimeout(r, 4000));
const opt = { connections: 32, seconds: Number(process.env.SECONDS ?? 8) };
for (let i = 0; i < 2; i++) {
  const hello = await load({ origin: p.helloOrigin, paths: ["/"], ...opt });
  console.log("hello", hello);
  const v = await load({ origin: p.origin, paths: codes.map((c) => `/api/verify/${c}`), ...opt });
  console.log("verify", v, (v.requestsPerSecond / hello.requestsPerSecond).toFixed(3));
  await new Promise((r) => setTimeout(r, 3000));
}
console.log(await (await fetch(`${p.origin}/api/status`)).text());
await p.miniflare.dispose();
