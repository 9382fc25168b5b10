/** The client module of the meeting pages. It uses only the public API. */
import { render } from "hono/jsx/dom";
import { App } from "./meeting/app.tsx";

const root = document.getElementById("meeting");
if (root) render(<App meetingId={root.dataset.meeting ? Number(root.dataset.meeting) : undefined} />, root);
