// The function app as the page sees it: requests as values, sent with fetch, shown as curl lines, failing in words.

const COLLECTIONS = { user: "users", group: "groups", connection: "connections" };

const request = (method, segments, { query = {}, body } = {}) => {
  const text = new URLSearchParams(query).toString();
  return { method, path: segments.map(encodeURIComponent).join("/") + (text && `?${text}`), body };
};

/** Send a message to everyone on the hub, or to the user, group or connection that `recipient` names. */
export function sendMessage(hub, scope, recipient, message, excluded) {
  const to = scope === "all" ? [] : [COLLECTIONS[scope], recipient];
  return request("POST", ["hubs", hub, ...to], { query: excluded ? { excluded } : {}, body: JSON.stringify(message) });
}

export const joinGroup = (hub, group, connectionId) =>
  request("PUT", ["hubs", hub, "groups", group, "connections", connectionId]);

export const leaveGroup = (hub, group, connectionId) =>
  request("DELETE", ["hubs", hub, "groups", group, "connections", connectionId]);

/** Where the SignalR client begins: it adds `/negotiate` to the path and keeps the query. */
export function hubUrl(address, hub, user) {
  const query = user ? `?${new URLSearchParams({ user })}` : "";
  return `${withoutSlash(address)}/hubs/${encodeURIComponent(hub)}${query}`;
}

/** Send one request. Throws an Error whose message a person can act on. */
export async function send(address, { method, path, body }) {
  const url = `${withoutSlash(address)}/${path}`;
  let response;
  try {
    response = await fetch(url, { method, body, headers: body ? { "Content-Type": "application/json" } : {} });
  } catch {
    throw noAnswer(url, "function app");
  }
  if (!response.ok) throw refused(url, response.status, await response.text());
  return response.status;
}

/** The request as a line for a POSIX shell. */
export function curl(address, { method, path, body }) {
  const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;
  const content = body ? ` \\\n  -H 'Content-Type: application/json' \\\n  -d ${quoted(body)}` : "";
  return `curl -X ${method} \\\n  ${quoted(`${withoutSlash(address)}/${path}`)}${content}`;
}

export function noAnswer(url, who) {
  const { origin } = new URL(url);
  return new Error(
    `No answer from the ${who} at ${origin}. Start it with "python3 dev.py run", or correct the address. ` +
      `If it does run, its CORS setting must name this page's origin, ${location.origin}.`,
  );
}

export function refused(url, status, body) {
  const { origin, pathname } = new URL(url);
  try {
    const { code, message } = JSON.parse(body).error;
    return new Error(`${message} (HTTP ${status}, ${code})`);
  } catch {
    return new Error(`${origin}${pathname} answered HTTP ${status}. ${ADVICE[status] ?? "Its log says why."}`);
  }
}

const ADVICE = {
  401: "It wants a function key or another sign-in than this page has.",
  404: "Is this the function app's address, with /api at its end?",
};

const withoutSlash = (address) => address.replace(/\/+$/, "");
