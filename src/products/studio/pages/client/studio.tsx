/** The studio in the browser: everything through the interface any client has. */
import { render } from "hono/jsx/dom";
import { App } from "./studio/app.tsx";

const root = document.getElementById("studio");
if (root) render(<App />, root);
