"""Reports for the tests, made by the tool itself, and a browser to look at them with."""

import hashlib
import http.server
import json
import os
import re
import shutil
import signal
import subprocess
import threading
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

REPOSITORY = Path(__file__).resolve().parents[2]
DEMO = REPOSITORY / "models/demo"
TOOL = os.environ.get("LATENTLENS", str(REPOSITORY / ".build/release/latentlens"))
SIX = "latent,latent-centered,latent-all-but-top,logit,embedding,embedding-all-but-top"
HOSTILE = "a <b>red</b> boat <img src=x onerror=alert(1)>"


def tool(*arguments, cwd=REPOSITORY, **environment):
    done = subprocess.run([TOOL, *map(str, arguments), "--quiet"], cwd=cwd, check=True, text=True, stderr=subprocess.PIPE, env={**os.environ, **environment})
    return done.stderr


class Judge(http.server.BaseHTTPRequestHandler):
    """Finds that the first word names what is there, and the second what is elsewhere, wherever the digest of the request is even."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        task = next(part["text"] for part in json.loads(body)["messages"][0]["content"] if part["type"] == "text")
        words = json.loads(re.search(r"Candidate words: (.*)", task)[1]) if hashlib.sha256(body).digest()[0] % 2 == 0 else []
        said = json.dumps({"reasoning": "", "concrete_words": words[:1], "abstract_words": [], "global_words": words[1:2]})
        answer = json.dumps({"choices": [{"message": {"content": said}, "finish_reason": "stop"}], "usage": {"prompt_tokens": 1, "completion_tokens": 1}}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


def judge(run: Path):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Judge)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    tool("evaluate", run, "--judge", "--yes", "--patches", 6, LATENTLENS_JUDGE_URL=f"http://127.0.0.1:{server.server_port}/v1", LATENTLENS_JUDGE_MODEL="m")
    server.shutdown()


def mirrored(run: Path, to: Path):
    """The same run with its tokens in the opposite order: whoever goes by their number finds another place."""
    results = json.loads((run / "results.json").read_text())
    for model in results["models"]:
        model["name"] = "mirrored"
        for image in model["images"]:
            for table in [image["tokens"], *image["readings"]]:
                for key, value in table.items():
                    if isinstance(value, list):
                        table[key] = value[::-1]
            tokens = image["tokens"]
            tokens["row"] = [None if row is None else 11 - row for row in tokens["row"]]
            tokens["column"] = [None if column is None else 11 - column for column in tokens["column"]]
    to.mkdir()
    (to / "results.json").write_text(json.dumps(results))
    shutil.copy(run / "report.html", to / "report.html")


@pytest.fixture(scope="session")
def reports(tmp_path_factory):
    folder = tmp_path_factory.mktemp("reports")
    # Of the first the processor cuts the sides away; what the others show is known.
    images = [DEMO / "images/coast.jpg", *(REPOSITORY / f"models/real/images/held-0{number}.png" for number in (1, 2))]
    calibration = [DEMO / "images" / f"{name}.jpg" for name in ("meadow", "village", "winter")]
    model = ["--model", DEMO / "model.json"]
    index = folder / "demo.index"
    tool("index", "build", *model, "--corpus", DEMO / "corpus.txt", "--out", index)
    tool("interpret", *model, "--image", *images, "--lens", SIX, "--calibration", *calibration, "--index", index,
         "--control", "untrained", "--attention", "--out", folder / "whole")
    tool("evaluate", folder / "whole")
    tool("interpret", *model, "--image", *images, "--lens", "logit,embedding", "--layers", "1,4,8,norm",
         "--tokens", "all", "--out", folder / "few")
    tool("interpret", *model, "--image", *images[:2], "--lens", "logit", "--layers", "0,4,8", "--tokens", "all", "--attention", "--out", folder / "attending")
    tool("interpret", *model, "--text", HOSTILE, "the moon shines at night", "--lens", "logit", "--attention", "--out", folder / "texts")
    mirrored(folder / "few", folder / "mirrored")
    judge(folder / "few")
    tool("find", "--run", folder / "few", "sky", "--similarity", "--report")
    # The same model against other texts.
    (folder / "other.txt").write_text("the moon shines at night\na red boat on the sea\n")
    tool("index", "build", *model, "--corpus", folder / "other.txt", "--out", folder / "other.index")
    tool("interpret", *model, "--image", images[0], "--lens", "latent", "--layers", "4", "--index", folder / "other.index", "--out", folder / "bank")
    assert "banks of demo and demo 2 are of different texts" in tool("compare", folder / "whole", folder / "bank", "--out", folder / "banks")
    # From a folder that is nobody's, by paths that are not relative to it.
    compare = lambda name, *runs: tool("compare", *[folder / run for run in runs], "--out", folder / name, cwd="/")
    compare("two", "whole", "few")
    compare("same", "few", "mirrored")
    compare("step", "attending", "whole")
    compare("nine", *["whole", "few"] * 4, "mirrored")
    tool("compare", folder / "whole", folder / "few", "--control", "untrained", "--out", folder / "controls", cwd="/")
    # Of the same two, with their readings beside the report.
    tool("compare", folder / "whole", folder / "few", "--split-above", 0, "--out", folder / "parts", cwd="/")
    return folder


@pytest.fixture(scope="session")
def served(reports):
    """The address of the report in parts, as long as the tests run."""
    process = subprocess.Popen([TOOL, "serve", str(reports / "parts")], cwd="/", stdout=subprocess.PIPE, text=True)
    yield process.stdout.readline().strip()
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=10) == 0 and process.stdout.read() == ""


@pytest.fixture(scope="session")
def browser():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def opened(browser, reports):
    """Opens a report; fails where the page reports an error or asks for anything that is not its own."""
    contexts, complaints = [], []

    def open_report(name, view="", width=1440, height=900, dark=False, at=None):
        context = browser.new_context(viewport={"width": width, "height": height}, color_scheme="dark" if dark else "light", accept_downloads=True)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("dialog", lambda dialog: complaints.append("a dialog: " + dialog.message))
        address = at or (reports / name / "report.html").as_uri()
        own = ("data:", "blob:", address.rsplit("/", 1)[0] if at else "file:")
        page.on("request", lambda request: complaints.append(request.url) if not request.url.startswith(own) else None)
        # What the policy of the server forbids is told there.
        page.on("console", lambda message: complaints.append(message.text) if "Content Security Policy" in message.text else None)
        page.goto(address + view)
        return page

    yield open_report
    for context in contexts:
        context.close()
    assert complaints == []
