"""A small client of a Kiln server (docs/http-api.md), standard library only, Python 3.9 or newer."""

import hashlib
import json
import os
import shutil
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid

FINAL = ("succeeded", "failed", "cancelled")


class KilnError(Exception):
    """What the server answered: `code` is stable, `detail` is for people, `pointer` names the offending member."""

    def __init__(self, status, problem):
        super().__init__(problem.get("detail", f"HTTP status {status}"))
        self.status = status
        self.code = problem.get("code", f"http_{status}")
        self.pointer = problem.get("pointer")


class Kiln:
    def __init__(self, server=None, patience_s=60):
        """`patience_s`: how long the server may be away, for a restart, before a request fails."""
        self.server = (server or os.environ.get("KILN_SERVER") or "http://127.0.0.1:8080").rstrip("/")
        self.patience_s = patience_s

    def submit(self, request, route="/render", key=None):
        """A job, or with route="/batch" a batch. The key makes it safe to ask again when the connection breaks."""
        return self._json("POST", route, json.dumps(request).encode(),
                          {"Content-Type": "application/json", "Idempotency-Key": key or str(uuid.uuid4())})

    def upload(self, path):
        """The id of a scene or environment file, which is sent only where the server lacks it."""
        digest = hashlib.sha256()
        with open(path, "rb") as file:
            while piece := file.read(1 << 20):
                digest.update(piece)
        asset_id = "sha256:" + digest.hexdigest()
        try:
            self._json("GET", "/assets/" + asset_id)
        except KilnError as error:
            if error.code != "unknown_asset":
                raise
            with open(path, "rb") as file:  # streamed, not read into memory
                headers = {"Content-Type": "application/octet-stream", "Content-Length": str(os.path.getsize(path))}
                self._json("POST", "/assets", file, headers)
        return asset_id

    def wait(self, job_id, changed=lambda job: None):
        """The job or batch once it is over; `changed` hears of each state before. No polling: the server answers when
        the state changes, or after 30 s."""
        while (job := self._json("GET", f"/status/{job_id}?wait=30"))["status"] not in FINAL:
            changed(job)
        return job

    def cancel(self, job_id):
        return self._json("POST", "/cancel/" + job_id)

    def download(self, job_id, path):
        """The picture of a job, the ZIP of a batch: there whole or not at all."""
        part = f"{path}.part"
        with self._open("GET", "/result/" + job_id) as answer, open(part, "wb") as file:
            shutil.copyfileobj(answer, file)
        os.replace(part, path)

    def _json(self, method, target, body=None, headers=None):
        with self._open(method, target, body, headers) as answer:
            return json.load(answer)

    def _open(self, method, target, body=None, headers=None):
        give_up = time.monotonic() + self.patience_s
        while True:
            if hasattr(body, "seek"):
                body.seek(0)
            request = urllib.request.Request(self.server + target, body, headers or {}, method=method)
            try:
                return urllib.request.urlopen(request, timeout=90)
            except urllib.error.HTTPError as error:
                raise KilnError(error.code, problem_in(error)) from None
            except OSError:  # no connection, or it broke
                if time.monotonic() > give_up:
                    raise
                time.sleep(1)


def problem_in(error):
    """The body of an error answer: application/problem+json, or nothing that could be read."""
    try:
        problem = json.load(error)
        return problem if isinstance(problem, dict) else {}
    except ValueError:
        return {}
