import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hasPrograms } from "../programs.ts";
import { serveFake } from "./http.ts";

const MAX_BYTES = 512 * 1_024 * 1_024;

const run = (folder: string, args: readonly string[]): Buffer =>
  execFileSync("ffmpeg", ["-v", "error", "-nostdin", ...args], { cwd: folder, maxBuffer: MAX_BYTES });

/**
 * Returns the peaks of 200 equal sections of decoded samples, over all channels. Values above full scale are clipped,
 * as in playback.
 */
const peaksOf = (bytes: Buffer, channels: number): number[] => {
  const samples = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2);
  const frames = samples.length / channels;
  return Array.from({ length: 200 }, (_, i) => {
    const from = Math.floor((i * frames) / 200) * channels;
    const until = Math.floor(((i + 1) * frames) / 200) * channels;
    return samples.subarray(from, until).reduce((most, one) => Math.max(most, Math.min(1, Math.abs(one))), 0);
  });
};

/**
 * A server that runs ffmpeg for tests in workerd, which cannot start programs. `GET /file?name=a.mp3&args=[…]`
 * returns the file that ffmpeg makes; the arguments may name files made before. `GET /peaks?…&channels=2` returns the
 * peaks of that file. Both answer 404 when ffmpeg is not installed.
 */
export const startFfmpeg = async () => {
  const folder = mkdtempSync(join(tmpdir(), "ensemble-audio-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  const made = new Map<string, string>();
  const { origin } = await serveFake(({ url }) => {
    if (!hasPrograms("what ffmpeg makes and hears", { ffmpeg: "ffmpeg" })) return { status: 404 };
    const name = url.searchParams.get("name") ?? "";
    const args = url.searchParams.get("args") ?? "[]";
    if (made.get(name) !== args) run(folder, ["-y", ...(JSON.parse(args) as string[]), name]);
    made.set(name, args);
    if (url.pathname !== "/peaks") return { body: readFileSync(join(folder, name)) };
    const channels = url.searchParams.get("channels") ?? "";
    return {
      body: peaksOf(run(folder, ["-i", name, "-f", "f32le", "-ac", channels, "-"]), Number(channels)),
    };
  });
  return { origin, vars: {} };
};
