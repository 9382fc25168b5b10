import { execFile, execFileSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { hasPrograms } from "../programs.ts";

const run = promisify(execFile);
const MODULES = ["Core", "Network", "WebSockets", "Test"];

/** Returns a path of this machine's Qt installation, such as `QT_INSTALL_HEADERS`. */
const place = (name: string): string => execFileSync("qmake6", ["-query", name], { encoding: "utf8" }).trim();

export const hasQt = (): boolean => {
  const tests = "the C++ classes of Meeting's document";
  return (
    hasPrograms(tests, { "g++": "g++", qmake6: "qt6-base-dev" }) &&
    hasPrograms(tests, { [join(place("QT_INSTALL_HEADERS"), "QtWebSockets")]: "qt6-websockets-dev" })
  );
};

/**
 * Compiles meeting.cpp with the given classes in a folder. Fails with the compiler's output.
 * @returns the path of the program
 */
export const buildMeeting = async (classes: readonly string[], folder: string): Promise<string> => {
  const clients = join(folder, "clients.h");
  const meta = join(folder, "clients.moc.cpp");
  const program = join(folder, "meeting");
  await writeFile(clients, ["#pragma once", '#include "prelude.h"', ...classes].join("\n"));
  const headers = place("QT_INSTALL_HEADERS");
  const include = [
    folder,
    import.meta.dirname,
    headers,
    ...MODULES.map((name) => join(headers, `Qt${name}`)),
  ];
  const search = include.map((path) => `-I${path}`);
  // Qt's meta-object compiler (moc) generates the code of a class's signals and slots.
  await run(join(place("QT_HOST_LIBEXECS"), "moc"), [...search, clients, "-o", meta]);
  await run("g++", [
    ...["-std=c++17", "-fPIC", ...search],
    ...[join(import.meta.dirname, "meeting.cpp"), meta, "-o", program],
    ...[`-L${place("QT_INSTALL_LIBS")}`, ...MODULES.map((name) => `-lQt6${name}`)],
  ]);
  return program;
};
