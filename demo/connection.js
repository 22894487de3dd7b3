// The official SignalR client: loaded from this site or the CDN, set up to show every message and to fail in words.

import { hubUrl, noAnswer, refused } from "./function_app.js";

const INSTALLED = { src: "/demo/signalr.min.js" };
const CDN = {
  src: "https://cdn.jsdelivr.net/npm/@microsoft/signalr@10.0.11/dist/browser/signalr.min.js",
  integrity: "sha384-N+pL/4qXZHZcvsa6hVMd5/7cdF3lC59ZMNHeQyRo5q9jmC7yw0hcJILPjUDSU7ZS",
  crossOrigin: "anonymous",
};

const load = (attributes) =>
  new Promise((resolve, reject) => {
    const script = Object.assign(document.createElement("script"), attributes);
    script.addEventListener("load", () => resolve(window.signalR));
    script.addEventListener("error", () => reject(new Error(`${attributes.src} could not be loaded.`)));
    document.head.append(script);
  });

/** The `signalR` namespace. Throws in words where neither npm nor the internet provides it. */
async function loadClient() {
  if (window.signalR) return window.signalR;
  return load(INSTALLED)
    .catch(() => load(CDN))
    .catch(() => {
      throw new Error('The SignalR client could not be loaded. Run "npm ci" and reload, or connect to the internet.');
    });
}

/**
 * A connection to one hub, not started yet. `onMessage({target, arguments})` gets every message, whatever its target.
 *
 * An app of yours would name the targets it knows: `connection.on("newMessage", (text) => …)`. A page for watching
 * cannot know them beforehand, so it looks at the messages where the client decodes them.
 */
export async function createConnection(address, hub, user, onMessage) {
  const signalR = await loadClient();

  class WatchedProtocol extends signalR.JsonHubProtocol {
    parseMessages(input, logger) {
      const messages = super.parseMessages(input, logger);
      messages.filter(({ type }) => type === signalR.MessageType.Invocation).forEach(onMessage);
      return messages;
    }
  }

  class ExplainingHttpClient extends signalR.DefaultHttpClient {
    async send(request) {
      try {
        return await super.send(request);
      } catch (error) {
        throw explain(request.url, error, address);
      }
    }
  }

  return new signalR.HubConnectionBuilder()
    .withUrl(hubUrl(address, hub, user), { httpClient: new ExplainingHttpClient(signalR.NullLogger.instance) })
    .withHubProtocol(new WatchedProtocol())
    .withAutomaticReconnect()
    // Its warnings are about targets without a handler: here that is every one of them.
    .configureLogging(signalR.LogLevel.Error)
    .build();
}

function explain(url, error, address) {
  if (error.statusCode) return refused(url, error.statusCode, error.message.replace(/: Status code '\d+'$/, ""));
  if (error.name === "AbortError") return error;
  return noAnswer(url, url.startsWith(address) ? "function app" : "SignalR service");
}

/** What the client says about an error, without the names of its own inner steps. */
export const inWords = (error) =>
  error.message
    .replace(/^Failed to complete negotiation with the server: (Error: )?/, "")
    .replace(/^Server returned an error on close: /, "");
