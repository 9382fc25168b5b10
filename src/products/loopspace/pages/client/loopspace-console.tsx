/** The developer console in the browser: everything through the interface any client has. */
import { render } from "hono/jsx/dom";
import { App } from "./loopspace/app.tsx";

const root = document.getElementById("loopspace-console");
if (root) render(<App />, root);
