"""Runs a Python handler as Lambda does: finds it, polls the Runtime API for events, and reports results and errors.

Started by the gateway. One socket and one write per event: the answer to an event is sent with the request for the next one.
"""
import importlib
import importlib.util
import json
import os
import socket
import sys
import threading
import time
import traceback

API = "/2018-06-01/runtime"


class Connection:
    """A keep-alive connection for one request at a time."""

    def __init__(self):
        host, port = os.environ["AWS_LAMBDA_RUNTIME_API"].split(":")
        self.socket = socket.create_connection((host, int(port)))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.received = b""
        identity = os.environ.get("CHATEVENTS_ENVIRONMENT", "")
        self.headers = f"Host: {host}:{port}\r\nEnvironment-Id: {identity}\r\n"

    def request(self, method, path, body="", headers=""):
        data = body.encode()
        head = f"{method} {API}{path} HTTP/1.1\r\n{self.headers}{headers}Content-Length: {len(data)}\r\n\r\n"
        self.socket.sendall(head.encode() + data)
        while (end := self.received.find(b"\r\n\r\n")) < 0:
            self.read()
        lines = self.received[:end].decode("latin-1").split("\r\n")[1:]
        answer = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        self.received = self.received[end + 4:]
        length = int(answer.get("content-length", 0))
        while len(self.received) < length:
            self.read()
        body, self.received = self.received[:length], self.received[length:]
        return answer, body

    def read(self):
        data = self.socket.recv(65536)
        if not data:
            os._exit(0)  # the gateway ends its environments by this
        self.received += data


class Context:
    """What Lambda tells a handler beside its event."""

    def __init__(self, headers):
        self.aws_request_id = headers["lambda-runtime-aws-request-id"]
        self.invoked_function_arn = headers["lambda-runtime-invoked-function-arn"]
        self.function_name = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
        self.function_version = os.environ["AWS_LAMBDA_FUNCTION_VERSION"]
        self.memory_limit_in_mb = os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self.log_group_name = os.environ["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name = os.environ["AWS_LAMBDA_LOG_STREAM_NAME"]
        self.client_context = None
        self.identity = None
        self._deadline = int(headers["lambda-runtime-deadline-ms"])

    def get_remaining_time_in_millis(self):
        return max(0, self._deadline - int(time.time() * 1000))


def exit_with_gateway():
    """The gateway never writes to standard input: its end means that the gateway is gone."""
    sys.stdin.buffer.read()
    os._exit(0)


def describe(error):
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if frame.filename != __file__ and not frame.filename.startswith("<frozen")]
    if isinstance(error, SyntaxError) and error.filename:
        place = f" ({error.filename}:{error.lineno})"
    else:
        place = f" ({own[-1].filename}:{own[-1].lineno})" if own else ""
    trace = traceback.format_exception(type(error), error, error.__traceback__)
    return json.dumps({"errorType": type(error).__name__, "errorMessage": str(error), "place": place, "stackTrace": trace})


def load():
    module, _, function = os.environ["_HANDLER"].rpartition(".")
    root = os.environ.get("LAMBDA_TASK_ROOT", os.getcwd())
    sys.path.insert(0, root)
    folder, _, name = module.rpartition("/")
    path = os.path.join(root, module + ".py")
    if folder and os.path.exists(path):
        # A folder need not be a package; its modules import their neighbours from the root, as on AWS.
        spec = importlib.util.spec_from_file_location(name, path)
        loaded = importlib.util.module_from_spec(spec)
        sys.modules[name] = loaded
        spec.loader.exec_module(loaded)
    else:
        loaded = importlib.import_module(module.replace("/", "."))
    return getattr(loaded, function)


def main():
    threading.Thread(target=exit_with_gateway, daemon=True).start()
    gateway = Connection()
    try:
        handler = load()
    except BaseException as error:
        traceback.print_exc()
        gateway.request("POST", "/init/error", describe(error))
        sys.exit(1)
    headers, body = gateway.request("GET", "/invocation/next")
    while True:
        path = "/invocation/" + headers["lambda-runtime-aws-request-id"]
        os.environ["_X_AMZN_TRACE_ID"] = headers.get("lambda-runtime-trace-id", "")
        try:
            answer = json.dumps(handler(json.loads(body), Context(headers)))
            kind = "/response"
        except Exception as error:
            traceback.print_exc()
            answer = describe(error)
            kind = "/error"
        headers, body = gateway.request("POST", path + kind, answer, "Next-Event: true\r\n")


if __name__ == "__main__":
    main()
