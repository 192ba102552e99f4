"""A small authorisation server (RFC 6749, RFC 7636): codes for PKCE, tokens that Dovecot believes, and trouble."""

import base64
import hashlib
import hmac
import json
import secrets
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

KEY = b"the key that Dovecot checks tokens with"
CLIENT, SECRET = "client-id", "client-secret"


class AuthorisationServer:
    """`asked` keeps every form. `error` refuses, `status` answers without tokens, `answer` changes what is answered.

    With `rotates` a refresh token can be used once. `mailbox` is whose mail a token opens, `account` who signed in.
    """

    def __init__(self, mailbox: str = "support", account: str = "carla@acme.example") -> None:
        self.mailbox, self.account = mailbox, account
        self.asked: list[dict[str, str]] = []
        self.error = ""
        self.status = 0
        self.answer: dict[str, Any] = {}
        self.rotates = True
        self.expires_in: Any = 3600
        self.codes: dict[str, dict[str, str]] = {}
        self.refresh_tokens: set[str] = set()

    def __enter__(self) -> Self:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                form = {name: values[0] for name, values in parse_qs(self.rfile.read(length).decode()).items()}
                status, answer = outer.reply(form)
                body = json.dumps(answer).encode() if isinstance(answer, dict) else answer
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *arguments: object) -> None:
                """In silence."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/token"

    def sign_in(self, address: str) -> dict[str, str]:
        """What a person does on the sign-in page at `address`: the values with which the browser is sent back."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        code = secrets.token_urlsafe()
        self.codes[code] = asked
        return {"code": code, "state": asked["state"]}

    def token(self, seconds: int = 3600, **claims: Any) -> str:
        now = int(time.time())
        times = {"iat": now, "nbf": now - 60, "exp": now + seconds}
        known = {"sub": self.account, "mailbox": self.mailbox, "jti": secrets.token_hex(), **times, **claims}
        parts: tuple[dict[str, Any], ...] = ({"alg": "HS256", "typ": "JWT"}, known)
        signed = ".".join(_base64(json.dumps(part).encode()) for part in parts)
        return f"{signed}.{_base64(hmac.digest(KEY, signed.encode(), 'sha256'))}"

    def reply(self, form: dict[str, str]) -> tuple[int, dict[str, Any] | bytes]:
        self.asked.append(form)
        if self.status:
            return self.status, b"<html>out of order</html>"
        if self.error:
            return 400, {"error": self.error, "error_description": f"No, {form.get('refresh_token')}."}
        if form["client_id"] != CLIENT or form.get("client_secret") != SECRET or not self._is_good(form):
            return 400, {"error": "invalid_grant"}
        claims = _base64(json.dumps({"email": self.account}).encode())
        answer = {"access_token": self.token(), "token_type": "Bearer", "expires_in": self.expires_in}
        if form["grant_type"] != "client_credentials":
            answer["id_token"] = f"e30.{claims}.x"
            if self.rotates or form["grant_type"] == "authorization_code":
                answer["refresh_token"] = self._refresh_token()
        return 200, answer | self.answer

    def _refresh_token(self) -> str:
        token = secrets.token_urlsafe()
        self.refresh_tokens.add(token)
        return token

    def _is_good(self, form: dict[str, str]) -> bool:
        match form["grant_type"]:
            case "authorization_code":
                asked = self.codes.pop(form["code"], {})
                digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
                challenge = _base64(digest)
                return (asked.get("code_challenge"), asked.get("redirect_uri")) == (challenge, form["redirect_uri"])
            case "refresh_token":
                known = form["refresh_token"] in self.refresh_tokens
                if self.rotates:
                    self.refresh_tokens.discard(form["refresh_token"])
                return known
            case grant:
                return grant == "client_credentials"


def _base64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
