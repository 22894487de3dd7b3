"""An identity provider on loopback: OpenID configuration, keys that can be changed, and tokens signed with them."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

AUDIENCE = "api://chat"


@cache
def private_key(key_id: str) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def public_jwk(key_id: str) -> dict[str, Any]:
    return {**RSAAlgorithm.to_jwk(private_key(key_id).public_key(), as_dict=True), "kid": key_id, "use": "sig"}


@dataclass
class IdentityProvider:
    """`answers` are the JSON or raw bodies by path; a path that is missing is answered 500. `asked` counts requests."""

    issuer: str
    answers: dict[str, Any] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    @property
    def settings(self) -> dict[str, str]:
        return {"BEARER_ISSUER": self.issuer, "BEARER_AUDIENCE": AUDIENCE}

    def publish(self, *key_ids: str) -> None:
        self.answers["/keys"] = {"keys": [public_jwk(key_id) for key_id in key_ids]}

    def claims(self, **changed: Any) -> dict[str, Any]:
        claims = {"iss": self.issuer, "aud": AUDIENCE, "sub": "ada", "exp": int(time.time()) + 600, **changed}
        return {name: value for name, value in claims.items() if value is not None}

    def token(self, *, key_id: str = "one", **changed: Any) -> str:
        return jwt.encode(self.claims(**changed), private_key(key_id), "RS256", headers={"kid": key_id})

    def authorization(self, **changed: Any) -> dict[str, str]:
        return {"authorization": f"Bearer {self.token(**changed)}"}


@pytest.fixture
def identity_provider() -> Iterator[IdentityProvider]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            provider.asked.append(self.path)
            answer = provider.answers.get(self.path)
            body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
            self.send_response(500 if answer is None else 200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        issuer = f"http://127.0.0.1:{server.server_port}"
        provider = IdentityProvider(issuer)
        configuration = {"issuer": issuer, "jwks_uri": f"{issuer}/keys"}
        provider.answers["/.well-known/openid-configuration"] = configuration
        provider.publish("one")
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield provider
        server.shutdown()
