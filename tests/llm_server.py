"""A language model server on loopback that speaks the OpenAI protocol, and misbehaves as told.

What it does with the next requests stands in `script`, one behaviour each; when that is empty, it
answers by `answer`. It counts what it has answered in full: that is what a real one would charge.
"""

import json
import re
import socket
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Behaviour = Callable[["Handler", dict[str, Any]], None]


def status(code: int, message: str = "no", error: str = "", **headers: str) -> Behaviour:
    """An error of HTTP; headers such as retry_after="7"."""

    def behave(handler: "Handler", body: dict[str, Any]) -> None:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        handler.send_json({"error": {"message": message, "code": error}}, code, named)

    return behave


def saying(text: str, end: str = "stop", refusal: str | None = None) -> Behaviour:
    """A reply with this text, whatever was asked."""

    def behave(handler: "Handler", body: dict[str, Any]) -> None:
        handler.server.llm.asked.append(body)
        handler.send_json(completion(body, text, end, refusal))

    return behave


def refusing(handler: "Handler", body: dict[str, Any]) -> None:
    """A refusal, as structured outputs give it."""
    saying("", refusal="I cannot help with that.")(handler, body)


def cut(handler: "Handler", body: dict[str, Any]) -> None:
    """Half of a response, then the connection is closed."""
    text = json.dumps(completion(body, handler.server.llm.answer(body))).encode()
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", str(len(text)))
    handler.end_headers()
    handler.wfile.write(text[: len(text) // 2])
    handler.wfile.flush()
    handler.connection.shutdown(socket.SHUT_RDWR)
    handler.close_connection = True


def garbage(handler: "Handler", body: dict[str, Any]) -> None:
    """Status 200 and a body that is no JSON."""
    handler.send_bytes(b'{"id": "chatcmpl-1", "choices": [', 200, {})


def silence(handler: "Handler", body: dict[str, Any]) -> None:
    """Nothing, until the server closes."""
    handler.server.llm.waiting.set()
    handler.server.llm.closed.wait(30)


def completion(
    body: dict[str, Any], text: str, end: str = "stop", refusal: str | None = None
) -> dict[str, Any]:
    """A chat completion; it counts a token for each word."""
    words = sum(len(message["content"].split()) for message in body["messages"])
    message = {"role": "assistant", "content": None if refusal else text, "refusal": refusal}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 0,
        "model": body["model"],
        "choices": [{"index": 0, "message": message, "finish_reason": end, "logprobs": None}],
        "usage": {
            "prompt_tokens": words,
            "completion_tokens": len(text.split()),
            "total_tokens": words + len(text.split()),
        },
    }


class LlmServer:
    """The server and what it remembers. Use it as a context."""

    def __init__(self) -> None:
        self.script: list[Behaviour] = []
        self.answer: Callable[[dict[str, Any]], str] = lambda body: "{}"
        self.asked: list[dict[str, Any]] = []
        self.attempts = 0
        self.keys: set[str] = set()
        self.files: dict[str, bytes] = {}
        self.batches: dict[str, dict[str, Any]] = {}
        self.looks_until_done = 1
        self.refuse_batches = ""
        self.waiting, self.closed = threading.Event(), threading.Event()
        self.lock = threading.Lock()
        self._http = _Http(("127.0.0.1", 0), Handler)
        self._http.llm = self

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}/v1"

    def __enter__(self) -> "LlmServer":
        threading.Thread(target=self._http.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self.closed.set()
        self._http.shutdown()
        self._http.server_close()


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    llm: LlmServer

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away, or a connection that was cut on purpose, is no error here."""


class Handler(BaseHTTPRequestHandler):
    """The endpoints: chat completions, models, files and batches."""

    server: _Http
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # one packet a response: a small second one would wait for the first

    def do_POST(self) -> None:
        llm = self.server.llm
        content = self.rfile.read(int(self.headers["Content-Length"]))
        llm.keys.add(self.headers.get("Authorization", ""))
        if self.path.endswith("/chat/completions"):
            body = json.loads(content)
            with llm.lock:
                llm.attempts += 1
                behaviour = llm.script.pop(0) if llm.script else saying(llm.answer(body))
            behaviour(self, body)
        elif self.path.endswith("/files"):
            self.send_json(self._upload(content))
        elif self.path.endswith("/batches"):
            self.send_json(self._batch(json.loads(content)))

    def do_GET(self) -> None:
        llm, path = self.server.llm, self.path.split("?")[0]
        if path.endswith("/models"):
            model = {"id": "test-model", "object": "model", "created": 0, "owned_by": "us"}
            self.send_json({"object": "list", "data": [model]})
        elif path.endswith("/batches"):
            data = list(llm.batches.values())
            self.send_json({"object": "list", "data": data, "has_more": False})
        elif path.endswith("/content"):
            self.send_bytes(llm.files[path.split("/")[-2]], 200, {})
        else:
            self.send_json(self._look(llm.batches[path.split("/")[-1]]))

    def _upload(self, content: bytes) -> dict[str, Any]:
        files = self.server.llm.files
        # One part of the form is the file: from the blank line after its heading to the boundary.
        boundary = re.match(rb"--[^\r\n]+", content)[0]
        part = next(p for p in content.split(boundary) if b'filename="' in p)
        name = f"file-{len(files) + 1}"
        files[name] = part.split(b"\r\n\r\n", 1)[1].removesuffix(b"\r\n")
        return {
            "id": name, "object": "file", "bytes": len(files[name]), "created_at": 0,
            "filename": "calls.jsonl", "purpose": "batch", "status": "processed",
        }  # fmt: skip

    def _batch(self, wanted: dict[str, Any]) -> dict[str, Any]:
        batches = self.server.llm.batches
        name = f"batch-{len(batches) + 1}"
        batches[name] = {
            "id": name, "object": "batch", "created_at": 0, "status": "in_progress", "looks": 0,
            **wanted,
        }  # fmt: skip
        return batches[name]

    def _look(self, batch: dict[str, Any]) -> dict[str, Any]:
        """A batch is done after some looks; then it has answered its whole file."""
        llm = self.server.llm
        batch["looks"] += 1
        if llm.refuse_batches:
            error = {"code": "invalid", "message": llm.refuse_batches, "line": None, "param": None}
            return {**batch, "status": "failed", "errors": {"object": "list", "data": [error]}}
        if batch["status"] == "in_progress" and batch["looks"] > llm.looks_until_done:
            lines = []
            for line in llm.files[batch["input_file_id"]].splitlines():
                call = json.loads(line)
                llm.asked.append(call["body"])
                body = completion(call["body"], llm.answer(call["body"]))
                lines.append(
                    {
                        "id": f"batch_req_{len(lines)}",
                        "custom_id": call["custom_id"],
                        "response": {"status_code": 200, "request_id": "1", "body": body},
                        "error": None,
                    }
                )
            name = f"file-{len(llm.files) + 1}"
            llm.files[name] = "".join(
                json.dumps(line, ensure_ascii=False) + "\n" for line in lines
            ).encode()
            batch |= {"status": "completed", "output_file_id": name}
        return batch

    def send_json(self, value: Any, code: int = 200, headers: dict[str, str] | None = None) -> None:
        self.send_bytes(json.dumps(value).encode(), code, headers or {})

    def send_bytes(self, content: bytes, code: int, headers: dict[str, str]) -> None:
        self.send_response(code)
        for name, value in {"Content-Type": "application/json", **headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *told: object) -> None:
        """Tests read what they need from the server itself."""
