import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import * as oauth from "oauth4webapi";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { hasChromium, launchChromium } from "../support/chromium.ts";
import { apiDocument, codeBlocks } from "../support/documents.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { worstContrast } from "./contrast.ts";

const PHONE = { width: 360, height: 740 };
const SCREENSHOTS = join(import.meta.dirname, "../../artifacts/screenshots");
const PASSWORD = "a good password";
/** The client must allow http, because the test server has no certificate. */
const PLAIN = { [oauth.allowInsecureRequests]: true };

interface App {
  readonly clientId: string;
  readonly clientSecret: string;
}

describe.skipIf(!hasChromium())("authorizing an application in a browser", () => {
  let server: TestServer;
  let browser: Browser;
  /** The application's own server. Like many, it redirects to another origin. */
  let callback: Server;
  let callbackUri = "";
  let app: App;
  let phoneApp: App;
  let complaints: string[] = [];

  const post = async <T>(path: string, body: unknown, token?: string): Promise<T> => {
    const answer = await fetch(server.origin + path, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`);
    return answer.json() as Promise<T>;
  };

  const register = (username: string) =>
    post<{ accessToken: string }>("/api/auth/register", {
      email: `${username}@example.com`,
      username,
      password: PASSWORD,
    });

  beforeAll(async () => {
    mkdirSync(SCREENSHOTS, { recursive: true });
    callback = createServer((request, response) => {
      const { pathname, search } = new URL(request.url ?? "", "http://client");
      const { port } = callback.address() as AddressInfo;
      if (pathname === "/callback")
        response.writeHead(302, { location: `http://localhost:${port}/done${search}` }).end();
      else response.end("<title>done</title>");
    }).listen(0);
    await once(callback, "listening");
    callbackUri = `http://127.0.0.1:${(callback.address() as AddressInfo).port}/callback`;
    [server, browser] = await Promise.all([startServer(), launchChromium()]);
    const developer = await register("developer");
    await register("listener");
    const make = (wanted: object) => post<App>("/api/v1/developer/apps", wanted, developer.accessToken);
    app = await make({ name: "Mixtape", redirectUris: [callbackUri] });
    phoneApp = await make({ name: "随身听", redirectUris: ["http://127.0.0.1/callback"], public: true });
  });

  afterEach(() => {
    const heard = complaints;
    complaints = [];
    expect(heard).toEqual([]);
  });

  afterAll(async () => {
    await browser?.close();
    await server?.stop();
    callback?.close();
  });

  const open = async (options: BrowserContextOptions = {}): Promise<Page> => {
    const context = await browser.newContext({
      baseURL: server.origin,
      locale: "en-GB",
      viewport: PHONE,
      ...options,
    });
    const page = await context.newPage();
    page.on("console", (message) => {
      if (message.type() === "error" && !/status of 4\d\d|favicon/.test(message.text()))
        complaints.push(message.text());
    });
    page.on("pageerror", (error) => complaints.push(String(error)));
    return page;
  };

  const shoot = (page: Page, name: string) =>
    page.screenshot({ path: join(SCREENSHOTS, `loopspace-${name}.png`), fullPage: true });

  const expectReadable = async (page: Page): Promise<void> => {
    const overflow = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    expect(overflow, `${page.url()} scrolls sideways`).toBeLessThanOrEqual(0);
    const { ratio, text } = await worstContrast(page);
    expect(ratio, text).toBeGreaterThanOrEqual(4.5);
  };

  const signIn = async (page: Page): Promise<void> => {
    await page.getByLabel(/User name|用户名/).fill("listener");
    await page.getByLabel(/Password|密码/).fill(PASSWORD);
    await page.getByRole("button", { name: /Sign in|登录/ }).click();
  };

  /** Returns the URL of the browser after the application's callback. */
  const arrival = async (page: Page): Promise<URL> => {
    await page.waitForURL("**/done?*");
    return new URL(page.url());
  };

  const discover = async (): Promise<oauth.AuthorizationServer> => {
    const issuer = new URL(server.origin);
    const found = await oauth.discoveryRequest(issuer, { algorithm: "oauth2", ...PLAIN });
    return oauth.processDiscoveryResponse(issuer, found);
  };

  const authorizeUrl = (as: oauth.AuthorizationServer, parameters: Record<string, string>): string =>
    `${as.authorization_endpoint}?${new URLSearchParams({ response_type: "code", ...parameters })}`;

  it("satisfies a strict client from discovery to revocation, on pages without JavaScript", async () => {
    const as = await discover();
    const client: oauth.Client = { client_id: app.clientId };
    const auth = oauth.ClientSecretBasic(app.clientSecret);
    const verifier = oauth.generateRandomCodeVerifier();
    const state = oauth.generateRandomState();
    const page = await open({ javaScriptEnabled: false });
    await page.goto(
      authorizeUrl(as, {
        client_id: app.clientId,
        redirect_uri: callbackUri,
        scope: "users:read users:write",
        state,
        code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
        code_challenge_method: "S256",
      }),
    );
    await signIn(page);
    await page.getByText("Signed in as listener").waitFor();
    await page.getByRole("button", { name: "Allow" }).click();
    const answer = oauth.validateAuthResponse(as, client, await arrival(page), state);
    const tokens = await oauth.processAuthorizationCodeResponse(
      as,
      client,
      await oauth.authorizationCodeGrantRequest(as, client, auth, answer, callbackUri, verifier, PLAIN),
    );
    expect(tokens).toMatchObject({ expires_in: 3_600, scope: "users:read users:write" });

    const me = await oauth.protectedResourceRequest(
      tokens.access_token,
      "GET",
      new URL("/api/v1/users/me", server.origin),
      undefined,
      undefined,
      PLAIN,
    );
    expect(await me.json()).toMatchObject({ username: "listener" });

    const next = await oauth.processRefreshTokenResponse(
      as,
      client,
      await oauth.refreshTokenGrantRequest(as, client, auth, tokens.refresh_token ?? "", PLAIN),
    );
    const ask = async (token: string) =>
      oauth.processIntrospectionResponse(
        as,
        client,
        await oauth.introspectionRequest(as, client, auth, token, PLAIN),
      );
    expect(await ask(next.access_token)).toMatchObject({ active: true, username: "listener" });
    await oauth.processRevocationResponse(
      await oauth.revocationRequest(as, client, auth, next.refresh_token ?? "", PLAIN),
    );
    for (const { access_token } of [tokens, next]) expect((await ask(access_token)).active).toBe(false);

    const itself = await oauth.processClientCredentialsResponse(
      as,
      client,
      await oauth.clientCredentialsGrantRequest(
        as,
        client,
        oauth.ClientSecretPost(app.clientSecret),
        { scope: "users:read" },
        PLAIN,
      ),
    );
    expect(await ask(itself.access_token)).toMatchObject({ active: true, username: "developer" });
    await page.context().close();
  });

  it("authorizes a local application with PKCE alone, on any port", async () => {
    const as = await discover();
    const client: oauth.Client = { client_id: phoneApp.clientId };
    const verifier = oauth.generateRandomCodeVerifier();
    const page = await open({ locale: "zh-CN" });
    await page.goto(
      authorizeUrl(as, {
        client_id: phoneApp.clientId,
        redirect_uri: callbackUri,
        code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
        code_challenge_method: "S256",
      }),
    );
    await signIn(page);
    await page.getByRole("button", { name: "允许", exact: true }).click();
    const answer = oauth.validateAuthResponse(as, client, await arrival(page), oauth.expectNoState);
    const tokens = await oauth.processAuthorizationCodeResponse(
      as,
      client,
      await oauth.authorizationCodeGrantRequest(
        as,
        client,
        oauth.None(),
        answer,
        callbackUri,
        verifier,
        PLAIN,
      ),
    );
    expect(tokens.scope).toBe("audio:read users:read");
    await page.context().close();
  });

  it("reports a refusal to the client, and lets another account decide", async () => {
    const as = await discover();
    const client: oauth.Client = { client_id: app.clientId };
    const page = await open();
    await page.goto(authorizeUrl(as, { client_id: app.clientId, redirect_uri: callbackUri, state: "no" }));
    await signIn(page);
    await page.getByRole("button", { name: "Use another account" }).click();
    await signIn(page);
    await page.getByRole("button", { name: "Deny" }).click();
    const arrived = await arrival(page);
    expect(() => oauth.validateAuthResponse(as, client, arrived, "no")).toThrow(
      expect.objectContaining({ error: "access_denied" }),
    );
    await page.context().close();
  });

  it.each([
    ["zh-CN", "light"],
    ["en-GB", "dark"],
  ] as const)("can be read on a phone, in %s and %s", async (locale, colorScheme) => {
    const page = await open({ locale, colorScheme });
    const asked = { client_id: app.clientId, redirect_uri: callbackUri };
    const scope = "audio:read audio:write users:read users:write webhooks purchases";
    const path = `/api/oauth/authorize?${new URLSearchParams({ response_type: "code", scope, ...asked })}`;
    await page.goto(path);
    await expectReadable(page);
    await shoot(page, `sign-in-${locale}`);
    await page.getByLabel(/User name|用户名/).fill("listener");
    await page.getByLabel(/Password|密码/).fill("not the password");
    await page.getByRole("button", { name: /Sign in|登录/ }).click();
    await page.getByRole("alert").waitFor();
    await expectReadable(page);
    await signIn(page);
    await page.getByRole("button", { name: /Allow|^允许$/ }).waitFor();
    await expectReadable(page);
    await shoot(page, `consent-${locale}`);
    await page.goto(path.replace("callback", "elsewhere"));
    await expectReadable(page);
    await shoot(page, `consent-stopped-${locale}`);
    await page.context().close();
  });

  it("issues tokens to the guide's own code in a page of our origin", async () => {
    const guide = apiDocument("loopspace");
    if (!guide) return;
    const snippet = codeBlocks(guide, "javascript").find((block) => block.includes("/api/oauth/token"));
    const page = await open();
    const asked = { client_id: app.clientId, redirect_uri: callbackUri, state: "guide" };
    await page.goto(authorizeUrl(await discover(), asked));
    await signIn(page);
    await page.getByRole("button", { name: "Allow" }).click();
    const code = (await arrival(page)).searchParams.get("code") ?? "";
    const filled = (snippet ?? "")
      .replace("your_client_id", app.clientId)
      .replace("your_client_secret", app.clientSecret)
      .replace("authorization_code_from_redirect", code)
      .replace("your_redirect_uri", callbackUri);
    await page.goto("/");
    const tokens = await page.evaluate(`(async () => { ${filled}; return tokenResponse.json(); })()`);
    expect(tokens).toMatchObject({ token_type: "Bearer", access_token: expect.stringMatching(/^lso_/) });
    await page.context().close();
  });
});
