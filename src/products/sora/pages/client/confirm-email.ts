/**
 * The client module of the page that confirms an address. The page asks for the account's password. If a page of this
 * origin is signed in to the account, its token replaces the password.
 */

/** The storage keys of the products' sessions. A value is a token, or a JSON object that contains one. */
const KEYS = ["studio-token", "meeting-token", "loopspace-session"];

const tokenIn = (stored: string | null): string | undefined => {
  if (!stored?.startsWith("{")) return stored ?? undefined;
  const { token } = JSON.parse(stored) as { token?: string };
  return token;
};

const form = document.querySelector<HTMLFormElement>("form.card");
const password = form?.querySelector<HTMLInputElement>('input[name="password"]');

/** Submits the form with the token, and replaces the form by the response. */
const sendAs = (of: HTMLFormElement, authorization: string): void =>
  of.addEventListener("submit", async (event) => {
    event.preventDefault();
    const body = new URLSearchParams([...new FormData(of)].map(([name, value]) => [name, String(value)]));
    const answer = await fetch(of.action, { method: "POST", body, headers: { authorization } });
    const shown = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector(".card");
    if (shown) of.replaceWith(shown);
  });

const begin = async (of: HTMLFormElement, field: HTMLInputElement): Promise<void> => {
  for (const key of KEYS) {
    const token = tokenIn(localStorage.getItem(key));
    if (token === undefined) continue;
    const authorization = `Bearer ${token}`;
    const answer = await fetch(location.href, { headers: { authorization } });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (!answer.ok || page.querySelector('input[name="password"]')) continue;
    (field.closest("label") ?? field).remove();
    return sendAs(of, authorization);
  }
};

// After any error the password field still works.
if (form && password) begin(form, password).catch((error: unknown) => console.warn(error));
