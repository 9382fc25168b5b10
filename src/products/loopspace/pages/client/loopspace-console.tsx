/** The developer console in the browser. It uses only the public API. */
import { render } from "hono/jsx/dom";
import { App } from "./loopspace/app.tsx";

const root = document.getElementById("loopspace-console");
if (root) render(<App />, root);
