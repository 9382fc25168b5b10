/** The client module of the studio page. It uses only the public API. */
import { render } from "hono/jsx/dom";
import { App } from "./studio/app.tsx";

const root = document.getElementById("studio");
if (root) render(<App />, root);
