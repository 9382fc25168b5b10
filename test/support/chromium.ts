import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";

const PATHS = [
  process.env.CHROMIUM_PATH,
  "/usr/bin/chromium",
  "/usr/bin/google-chrome-stable",
  "/usr/bin/google-chrome",
];

const executablePath = PATHS.find((path) => path !== undefined && existsSync(path));

/**
 * Whether browser tests run here. Without a browser, CI fails; elsewhere a line of output says that they are skipped.
 */
export const hasChromium = (): boolean => {
  if (executablePath) return true;
  if (process.env.CI) throw new Error("Chromium is missing (Debian: chromium)");
  console.log("SKIPPED: browser tests, there is no Chromium here (Debian: apt-get install chromium)");
  return false;
};

/** Starts Chromium. `extraArgs` are added to the switches that every browser of the tests gets. */
export const launchChromium = (extraArgs: readonly string[] = []): Promise<Browser> =>
  chromium.launch({
    executablePath: executablePath ?? "",
    args: [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      ...extraArgs,
    ],
  });
