// node ws: `send` to every client, as its documentation shows. Usage: node node_ws.js FOLDER-OF-WS
"use strict";
const http = require("node:http");
const { WebSocketServer } = require(process.argv[2]);

const PING_MS = 15000;

const server = http.createServer((request, response) => {
  const chunks = [];
  request.on("data", (chunk) => chunks.push(chunk));
  request.on("end", () => {
    broadcast(record(request.url, Buffer.concat(chunks)));
    response.writeHead(202, { "Content-Length": 0 });
    response.end();
  });
});
server.keepAliveTimeout = 75000;
const sockets = new WebSocketServer({ server, perMessageDeflate: false });

function record(url, body) {
  if (url !== "/broadcast") return body;
  const { target, arguments: values } = JSON.parse(body);
  return JSON.stringify({ type: 1, target, arguments: values }) + "\x1e";
}

function broadcast(data) {
  for (const client of sockets.clients) client.send(data);
}

setInterval(() => {
  for (const client of sockets.clients) client.ping();
}, PING_MS);

server.listen(0, "127.0.0.1", 4096, () => {
  console.log(`Now listening on: http://127.0.0.1:${server.address().port}`);
});
