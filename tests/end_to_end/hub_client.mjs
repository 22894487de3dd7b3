// One official SignalR client that does what it is commanded and tells what happens: the same in Node and in a browser.

const bytesAsLists = function (key, value) {
  const original = this[key]; // before Buffer's own toJSON
  return original instanceof Uint8Array ? { bytes: Array.from(original) } : value;
};
const text = (error) => error?.message ?? null;

// Every event goes to `write` as one JSON text. The result takes the text of a command, and returns without waiting for
// what the command does: one that hangs must not keep the next from being heard.
export const hubClient = (signalR, MessagePackHubProtocol, write) => {
  let connection;
  let questions = [];

  const tell = (event, more = {}) => void write(JSON.stringify({ event, ...more }, bytesAsLists));

  const builder = ({ url, accessToken, transport, protocol, reconnectDelays, statefulReconnect, logLevel = "None" }) => {
    const options = {};
    if (accessToken) options.accessTokenFactory = () => accessToken;
    if (transport) options.transport = signalR.HttpTransportType[transport];
    const built = new signalR.HubConnectionBuilder().withUrl(url, options).configureLogging(signalR.LogLevel[logLevel]);
    if (protocol === "messagepack") built.withHubProtocol(new MessagePackHubProtocol());
    if (reconnectDelays) built.withAutomaticReconnect(reconnectDelays);
    if (statefulReconnect) built.withStatefulReconnect();
    return built;
  };

  const commands = {
    // `accessToken` skips the negotiate function, `reconnectDelays` (milliseconds) switches automatic reconnect on.
    // `targets` only receive; `questions` are targets that want a result, which the command `answer` gives.
    async connect({ targets = [], questions: asked = [], ...options }) {
      connection = builder(options).build();
      for (const target of targets) connection.on(target, (...values) => tell("message", { target, arguments: values }));
      for (const target of asked) {
        connection.on(target, (...values) => {
          tell("asked", { target, arguments: values });
          return new Promise((resolve, reject) => questions.push({ resolve, reject }));
        });
      }
      connection.onreconnecting((error) => tell("reconnecting", { error: text(error) }));
      connection.onreconnected((connectionId) => tell("reconnected", { connectionId }));
      connection.onclose((error) => tell("closed", { error: text(error) }));
      await connection.start();
      tell("connected", { connectionId: connection.connectionId });
    },
    // Answers the oldest question, with a result or by throwing `error`.
    async answer({ result, error }) {
      const question = questions.shift();
      if (error) question.reject(new Error(error));
      else question.resolve(result);
    },
    async send({ target, values }) {
      await connection.send(target, ...values);
      tell("sent");
    },
    async invoke({ target, values }) {
      tell("result", { result: await connection.invoke(target, ...values) });
    },
    async stream({ target }) {
      connection.stream(target).subscribe({
        next: (item) => tell("item", { item }),
        complete: () => tell("completed"),
        error: (error) => tell("broken", { error: text(error) }),
      });
    },
    async stop() {
      await connection?.stop();
    },
    // Makes room for another connection.
    async renew() {
      await connection?.stop();
      questions = [];
      tell("renewed");
    },
  };

  return (line) => {
    const { command, ...parameters } = JSON.parse(line);
    return commands[command](parameters).catch((error) => tell("failed", { command, error: text(error) }));
  };
};
