import { parseTime } from "../contract.ts";

/** Why a cell is refused: it has no known date format, or it can mean two different days. */
export type DateProblem = "unreadable" | "ambiguous";

type Read = { readonly ms: number } | { readonly problem: DateProblem };

const unreadable: Read = { problem: "unreadable" };

interface Clock {
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  /** Minutes east of UTC. */
  readonly offset: number;
}

const MIDNIGHT: Clock = { hour: 0, minute: 0, second: 0, offset: 0 };
const TIME =
  /^(?:(上午|下午)\s*)?(\d{1,2})[:时点](\d{1,2})(?:[:分](\d{1,2})(?:\.\d{1,9})?)?[分秒]?(?:\s*([AaPp])\.?[Mm]\.?)?\s*(Z|[+-]\d{2}:?\d{2})?$/i;

/** Reads the time after a date: `8:00`, `08:00:00`, `8:00 PM`, `下午8:00`, `8时30分`, with or without a zone. */
const clockOf = (text: string): Clock | undefined => {
  if (text === "") return MIDNIGHT;
  const [, chinese, hours, minutes, seconds = "0", english, zone] = TIME.exec(text) ?? [];
  const half = chinese ? (chinese === "上午" ? "a" : "p") : english?.toLowerCase();
  let hour = Number(hours);
  const [minute, second] = [Number(minutes), Number(seconds)];
  if (hours === undefined || minute > 59 || second > 59 || hour > 23) return undefined;
  if (half !== undefined) {
    if (hour < 1 || hour > 12) return undefined;
    hour = (hour % 12) + (half === "p" ? 12 : 0);
  }
  const east = zone === undefined || zone.toUpperCase() === "Z" ? "+0000" : zone.replace(":", "");
  const offset = Number(`${east[0]}1`) * (Number(east.slice(1, 3)) * 60 + Number(east.slice(3)));
  return { hour, minute, second, offset };
};

/** Returns the time as ms UTC. Undefined for a day that does not exist in the calendar. */
const msOf = (year: number, month: number, day: number, clock: Clock): number | undefined => {
  const ms = Date.UTC(year, month - 1, day, clock.hour, clock.minute, clock.second);
  const made = new Date(Date.UTC(year, month - 1, day));
  if (made.getUTCMonth() !== month - 1 || made.getUTCDate() !== day || year < 1970) return undefined;
  return ms - clock.offset * 60_000;
};

const at = (year: number, month: number, day: number, clock: Clock): Read => {
  const ms = msOf(year, month, day, clock);
  return ms === undefined || ms < 0 ? unreadable : { ms };
};

/** Days since 1899-12-30, as spreadsheets store dates. Only 2000 to 2099, so that no year or count matches. */
const SERIAL = /^\d{5}(\.\d+)?$/;
const UNIX_EPOCH_SERIAL = 25_569;
const [FIRST_SERIAL, LAST_SERIAL] = [36_526, 73_050];
const DAY_SECONDS = 86_400;

const YEAR_FIRST =
  /^(\d{4})(?:\s*年\s*(\d{1,2})\s*月\s*(\d{1,2})\s*[日号]|([-/.])(\d{1,2})\4(\d{1,2})|(\d{2})(\d{2}))(?:$|[\sTt]+(?=\S)|(?<=[日号]))(.*)$/;
const YEAR_LAST = /^(\d{1,2})([-/.])(\d{1,2})\2(\d{4})(?:$|[\sT]+)(.*)$/;
const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DAY_NAMED = /^(\d{1,2})[-\s]([A-Za-z]{3,9})\.?[-,\s]\s*(\d{4})(?:$|\s+)(.*)$/;
const NAMED_DAY = /^([A-Za-z]{3,9})\.?\s+(\d{1,2}),?\s+(\d{4})(?:$|\s+)(.*)$/;

const monthOf = (name: string): number => MONTHS.indexOf(name.slice(0, 3).toLowerCase()) + 1;

/**
 * Reads a date in the formats of spreadsheets as ms UTC. A date without a zone is read as UTC. `1/5/2026` means
 * 5 January in some countries and 1 May in others, so it is refused unless both readings are the same day or only one
 * exists.
 */
export const readSpreadsheetDate = (cell: string): Read => {
  const text = cell.normalize("NFKC").trim();
  const iso = parseTime(text);
  if (iso !== undefined) return { ms: iso };
  if (SERIAL.test(text)) {
    const days = Number(text);
    if (days < FIRST_SERIAL || days > LAST_SERIAL) return unreadable;
    return { ms: Math.round((days - UNIX_EPOCH_SERIAL) * DAY_SECONDS) * 1_000 };
  }
  const first = YEAR_FIRST.exec(text);
  if (first) {
    const [year, month, day] = [first[1], first[2] ?? first[5] ?? first[7], first[3] ?? first[6] ?? first[8]];
    const clock = clockOf((first[9] ?? "").trim());
    return clock ? at(Number(year), Number(month), Number(day), clock) : unreadable;
  }
  const named = DAY_NAMED.exec(text);
  const american = NAMED_DAY.exec(text);
  const [day, month, year, rest] = named
    ? [named[1], named[2], named[3], named[4]]
    : [american?.[2], american?.[1], american?.[3], american?.[4]];
  if (day !== undefined && month !== undefined) {
    const clock = clockOf((rest ?? "").trim());
    return clock ? at(Number(year), monthOf(month), Number(day), clock) : unreadable;
  }
  const last = YEAR_LAST.exec(text);
  const clock = last && clockOf((last[5] ?? "").trim());
  if (!last || !clock) return unreadable;
  const [a, b, y] = [Number(last[1]), Number(last[3]), Number(last[4])];
  const readings = new Set([msOf(y, a, b, clock), msOf(y, b, a, clock)]);
  readings.delete(undefined);
  const [ms] = readings;
  if (ms === undefined) return unreadable;
  return readings.size > 1 ? { problem: "ambiguous" } : { ms };
};
