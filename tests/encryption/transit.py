"""A stand-in for HashiCorp Vault's transit engine: its HTTP paths over real AES-GCM, because Vault
itself comes by no package registry.
"""

import base64
import json
import os
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM


class _Transit(BaseHTTPRequestHandler):
    keys: dict[int, AESGCM]
    least = 1

    def do_GET(self) -> None:
        self._answer(
            200, {"latest_version": max(self.keys), "min_decryption_version": type(self).least}
        )

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"{}")
        if self.headers.get("X-Vault-Token") != "a token":
            return self._answer(403, {})
        verb = self.path.split("/")[3]
        return getattr(self, f"_{verb}")(body, self.path)

    do_PUT = do_POST  # noqa: N815 -- the standard library's names

    def _encrypt(self, body: dict[str, str], _path: str) -> None:
        nonce, version = os.urandom(12), max(self.keys)
        sealed = nonce + self.keys[version].encrypt(
            nonce, base64.b64decode(body["plaintext"]), None
        )
        self._answer(200, {"ciphertext": f"vault:v{version}:{base64.b64encode(sealed).decode()}"})

    def _decrypt(self, body: dict[str, str], _path: str) -> None:
        try:
            _name, version, content = body["ciphertext"].split(":")
            sealed, number = base64.b64decode(content), int(version[1:])
            if number < type(self).least:
                raise ValueError
            plain = self.keys[number].decrypt(sealed[:12], sealed[12:], None)
        except (InvalidTag, ValueError, KeyError):
            return self._answer(400, {})
        return self._answer(200, {"plaintext": base64.b64encode(plain).decode()})

    def _keys(self, body: dict[str, Any], path: str) -> None:
        if path.endswith("/rotate"):
            self.keys[max(self.keys) + 1] = AESGCM(AESGCM.generate_key(256))
        if "min_decryption_version" in body:
            type(self).least = body["min_decryption_version"]
        self._answer(200, {})

    def _answer(self, status: int, data: dict[str, Any]) -> None:
        content = json.dumps({"data": data} if status == 200 else {"errors": ["refused"]}).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_arguments: Any) -> None:
        """Silent."""


class TransitServer:
    """A running stand-in; gives its address."""

    def __enter__(self) -> str:
        handler = type("Handler", (_Transit,), {"keys": {1: AESGCM(AESGCM.generate_key(256))}})
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def __exit__(self, *_error: object) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.server.server_close()
