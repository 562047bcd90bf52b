"""Runs inside Krita or GIMP: takes Python from the test over a loopback socket, answers with values as JSON.

One request is one line of JSON, {"code": "..."}; the answer is {"value": ...} for the value of the code's last
expression, or {"error": "traceback"}. All code shares one namespace. Knows nothing of either program: `run` says
in which thread the code runs. Python 3.9 syntax, standard library only.
"""

import ast
import faulthandler
import json
import os
import socket
import traceback


def evaluate(code, namespace):
    """Execute `code`; returns the answer object."""
    try:
        tree = ast.parse(code)
        last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, "<test>", "exec"), namespace)
        value = None if last is None else eval(compile(ast.Expression(last.value), "<test>", "eval"), namespace)
        json.dumps(value)
        return {"value": value}
    except BaseException:
        return {"error": traceback.format_exc()}


class Evaluator:
    """Runs code where it is called, in one namespace."""

    def __init__(self):
        self.namespace = {}

    def __call__(self, code):
        return evaluate(code, self.namespace)


def serve(port_file, run):
    """Answer one client after another, forever. run(code) -> answer object. The port is written to `port_file`."""
    faulthandler.enable()
    server = socket.create_server(("127.0.0.1", 0))
    with open(port_file + ".part", "w") as file:
        file.write(str(server.getsockname()[1]))
    os.replace(port_file + ".part", port_file)
    while True:
        connection, _ = server.accept()
        with connection, connection.makefile("rw", encoding="utf-8") as lines:
            for line in lines:
                lines.write(json.dumps(run(json.loads(line)["code"])) + "\n")
                lines.flush()
