/** Rewrites the times of a page to the visitor's time zone. */
const language = document.documentElement.lang;
const format = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" });

for (const element of document.querySelectorAll<HTMLTimeElement>("time[datetime]")) {
  const time = new Date(element.dateTime);
  if (!Number.isNaN(time.getTime())) element.textContent = format.format(time);
}
