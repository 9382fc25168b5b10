import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { hasPrograms } from "./programs.ts";

const run = promisify(execFile);
const KEY = "sk-pocketsphinx";
/** Size of the WAV header in bytes. */
export const WAV_HEAD = 44;

export const hasRecogniser = (): boolean =>
  hasPrograms("tests with a speech recogniser", {
    pocketsphinx_batch: "pocketsphinx",
    "/usr/share/pocketsphinx/model/en-us/en-us": "pocketsphinx-en-us",
    flite: "flite",
  });

const inFolder = async <T>(work: (folder: string) => Promise<T>): Promise<T> => {
  const folder = await mkdtemp(join(tmpdir(), "ensemble-speech-"));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

/**
 * Synthesizes an English sentence: a WAV file of 16 kHz, one channel and 16 bits, with no chunk between header and
 * samples.
 */
export const synthesize = (sentence: string): Promise<Buffer> =>
  inFolder(async (folder) => {
    const file = join(folder, "said.wav");
    await run("flite", ["-voice", "rms", "-t", sentence, "-o", file]);
    return readFile(file);
  });

/**
 * Whether pocketsphinx accepts the file without further options: only the format above. It does not check this
 * itself.
 */
const isUnderstood = (wav: Buffer): boolean =>
  wav.length > WAV_HEAD &&
  wav.toString("latin1", 8, 16) === "WAVEfmt " &&
  wav.readUInt16LE(20) === 1 &&
  wav.readUInt16LE(22) === 1 &&
  wav.readUInt32LE(24) === 16_000 &&
  wav.readUInt16LE(34) === 16 &&
  wav.toString("latin1", 36, 40) === "data";

const recognise = (wav: Buffer): Promise<string> =>
  inFolder(async (folder) => {
    await writeFile(join(folder, "heard.wav"), wav);
    await writeFile(join(folder, "files"), "heard\n");
    const audio = ["-adcin", "yes", "-adchdr", String(WAV_HEAD), "-cepdir", ".", "-cepext", ".wav"];
    const args = [...audio, "-ctl", "files", "-hyp", "text", "-logfn", "log"];
    await run("pocketsphinx_batch", args, { cwd: folder });
    // The output is the recognised words, then the file's name and a score.
    return (await readFile(join(folder, "text"), "utf8")).replace(/\s*\(heard \S+\)\s*$/, "");
  });

const formOf = async (request: IncomingMessage): Promise<FormData> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const headers = { "content-type": request.headers["content-type"] ?? "" };
  return new Response(Buffer.concat(chunks), { headers }).formData();
};

const answerTo = async (request: IncomingMessage): Promise<{ status: number; body: object }> => {
  const refuse = (status: number, message: string) => ({ status, body: { error: { message } } });
  if (request.headers.authorization !== `Bearer ${KEY}`) return refuse(401, "no such key");
  if (request.method !== "POST" || request.url !== "/v1/audio/transcriptions") return refuse(404, "not here");
  const form = await formOf(request);
  const file = form.get("file");
  if (!(file instanceof Blob) || form.get("model") !== "pocketsphinx") return refuse(400, "file and model");
  if (form.get("response_format") !== "json") return refuse(400, "json is all there is");
  if (form.get("language") !== "en") return refuse(400, "English only");
  const wav = Buffer.from(await file.arrayBuffer());
  return isUnderstood(wav)
    ? { status: 200, body: { text: await recognise(wav) } }
    : refuse(400, "WAV, 16 kHz, mono");
};

/** Starts pocketsphinx behind OpenAI's transcription API and returns the settings that select it. */
export const startRecogniser = async () => {
  const server = createServer(async (request, response) => {
    const { status, body } = await answerTo(request).catch((error) => ({
      status: 500,
      body: { error: { message: String(error) } },
    }));
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the recogniser has no port");
  return {
    vars: {
      SPEECH_API_URL: `http://127.0.0.1:${address.port}`,
      SPEECH_API_KEY: KEY,
      SPEECH_MODEL: "pocketsphinx",
    },
    stop: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
};
