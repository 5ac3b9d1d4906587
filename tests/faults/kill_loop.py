#!/usr/bin/env python3
"""Proves the promise of a 202: clients submit without a pause while the server (or its engine) is killed again and again.

usage: tests/faults/kill_loop.py [--binary build/release/kiln] [--kills 300] [--target server|engine] [--seed 1]

Afterwards every job that was acknowledged must be there and have succeeded, in the order of acceptance, with a whole
picture, and must have ended exactly once: an end that any client has seen never changes. Prints what it counted and
exits 1 at the first breach. Needs Python 3.9 and nothing else.
"""

import argparse
import hashlib
import http.client
import random
import signal
import os
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from kiln_server import HANG_S, Server, small_request  # noqa: E402

GONE = (OSError, http.client.HTTPException)  # what a client sees of a server that is killed
CLIENTS = 4


class Clients:
    """Threads that submit, and remember what was promised to them."""

    def __init__(self, server, seed):
        self.server, self.stopped = server, threading.Event()
        self.accepted = [[] for _ in range(CLIENTS)]  # ids, by client, in the order of their 202s
        self.ended = {}                               # id -> (status, finished_at, sha256) as first seen
        self.breaches = []
        self.threads = [threading.Thread(target=self.run, args=(n, random.Random(seed * 100 + n))) for n in range(CLIENTS)]
        for thread in self.threads:
            thread.start()

    def stop(self):
        self.stopped.set()
        for thread in self.threads:
            thread.join()

    def run(self, number, dice):
        while not self.stopped.is_set():
            try:
                self.submit_one(number, dice)
                self.look_at_one(dice)
            except GONE:
                pass
            except Exception as e:  # a thread that ends unseen would prove nothing
                self.breaches.append(f"a client failed: {e!r}")
            self.stopped.wait(dice.uniform(0.02, 0.2))

    def submit_one(self, number, dice):
        long = dice.random() < 0.05  # now and then one that is killed in the middle
        request = small_request(seed=dice.randrange(1 << 30), samples_per_pixel=2048 if long else dice.choice([1, 4, 16]))
        status, answer = self.server.json("POST", "/render", request)
        if status == 202:
            self.accepted[number].append(answer["id"])
        elif status != 503:
            self.breaches.append(f"POST /render answered {status}: {answer}")

    def look_at_one(self, dice):
        ids = dice.choice(self.accepted)
        if not ids:
            return
        job_id = dice.choice(ids[-50:])
        status, job = self.server.json("GET", "/status/" + job_id)
        if status != 200:
            self.breaches.append(f"{job_id} was acknowledged and is answered with {status}: {job}")
        elif job["status"] in ("succeeded", "failed", "cancelled"):
            self.check_end(job)

    def check_end(self, job):
        end = (job["status"], job["finished_at"], (job["result"] or {}).get("sha256"))
        first = self.ended.setdefault(job["id"], end)
        if first != end:
            self.breaches.append(f"{job['id']} ended as {first} and later as {end}")


def kill_engine(server, life_s):
    """Kills the engine's process when one has been there for so long."""
    give_up = time.monotonic() + HANG_S
    while (pid := server.engine_pid()) is None:
        assert time.monotonic() < give_up, "no engine came back:\n" + "".join(server.log[-20:])
        time.sleep(0.01)
    time.sleep(life_s)
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def check_everything(server, clients):
    """All breaches that show once the queue is empty."""
    breaches = list(clients.breaches)
    jobs = server.jobs()
    place = {job["id"]: n for n, job in enumerate(jobs)}
    for ids in clients.accepted:
        breaches += [f"{i} was acknowledged and is lost" for i in ids if i not in place]
        places = [place[i] for i in ids if i in place]
        if places != sorted(places):
            breaches.append("a client's jobs are not listed in the order of their acceptance")
    for job in jobs:
        clients.check_end(job)
        if job["status"] != "succeeded":
            breaches.append(f"{job['id']} is {job['status']}: {job['error']}")
        elif hashlib.sha256(server.result(job["id"])).hexdigest() != job["result"]["sha256"]:
            breaches.append(f"the picture of {job['id']} is torn")
    ends = [job["finished_at"] for job in jobs]
    if ends != sorted(ends):
        breaches.append("jobs did not end in the order of their acceptance")
    return breaches + [b for b in clients.breaches if b not in breaches]


def drain(server):
    give_up = time.monotonic() + 10 * HANG_S
    while any(server.json("GET", f"/jobs?limit=1&status={state}")[1]["jobs"] for state in ("queued", "running")):
        assert time.monotonic() < give_up, "the queue does not drain"
        time.sleep(0.05)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", default=str(Path(__file__).resolve().parents[2] / "build/release/kiln"))
    parser.add_argument("--kills", type=int, default=300)
    parser.add_argument("--target", choices=["server", "engine"], default="server")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    dice = random.Random(options.seed)
    with tempfile.TemporaryDirectory(prefix="kiln-kill-") as data, \
            Server(options.binary, data, "--backend", "cpu", "--attempts", "100", "--checkpoint-s", "0.2") as server:
        server.start()
        clients = Clients(server, options.seed)
        try:
            for _ in range(options.kills):
                life_s = dice.uniform(0.01, 0.8)
                if options.target == "engine":
                    kill_engine(server, life_s)
                else:
                    time.sleep(life_s)
                    server.kill()
                    server.start()
        finally:
            clients.stop()
        drain(server)
        breaches = check_everything(server, clients)
        accepted = sum(len(ids) for ids in clients.accepted)
        attempts = [job["attempt"] for job in server.jobs()]
        print(f"{options.kills} kills of the {options.target}; {accepted} jobs acknowledged, {len(attempts)} stored, "
              f"{sum(a > 1 for a in attempts)} begun again, up to {max(attempts, default=0)} attempts")
        for breach in breaches:
            print(breach)
        if not any(attempt > 1 for attempt in attempts):
            breaches.append("no kill met a job that was running: this run proves nothing")
            print(breaches[-1])
        print(f"{len(breaches)} breaches")
        return 1 if breaches else 0


if __name__ == "__main__":
    sys.exit(main())
