"""Functions that do not end, each in its own way; `begun` in their folder says that they have begun."""

import asyncio
import ctypes
import re
import subprocess
import threading
import time
from pathlib import Path

import hdsl


def begun(folder):
    Path(folder, "begun").touch()


def sleeps(line, *, folder):
    begun(folder)
    time.sleep(600)


def loops(line, *, folder):
    begun(folder)
    while True:
        pass


def searches(line, *, folder):
    begun(folder)
    re.search("(x+x+)+y", "x" * 60)  # holds the interpreter


def holds_the_interpreter(line, *, folder):
    begun(folder)
    ctypes.PyDLL(None).sleep(600)


async def blocks_the_loop(line, *, folder):
    begun(folder)
    time.sleep(600)


async def holds_the_loop(line, *, folder):
    begun(folder)
    re.search("(x+x+)+y", "x" * 60)


async def will_not_be_cancelled(line, *, folder):
    begun(folder)
    while True:
        try:
            await asyncio.sleep(600)
        except asyncio.CancelledError:
            continue


def leaves_a_thread(line, *, folder):
    begun(folder)
    threading.Thread(target=time.sleep, args=(600,)).start()
    time.sleep(600)


def starts_a_process(line, *, folder):
    subprocess.Popen(["sh", "-c", f"sleep 600; : {folder}"], start_new_session=True)
    begun(folder)
    time.sleep(600)


@hdsl.isolated
def is_isolated(line, *, folder):
    begun(folder)
    ctypes.PyDLL(None).sleep(600)


@hdsl.isolated
def is_isolated_with_a_process(line, *, folder):
    subprocess.Popen(["sh", "-c", f"sleep 600; : {folder}"])
    begun(folder)
    time.sleep(600)


def swallows_everything(line, *, folder):
    begun(folder)
    while True:
        try:
            time.sleep(600)
        except BaseException:
            continue


ALL = (
    "sleeps",
    "loops",
    "searches",
    "holds_the_interpreter",
    "blocks_the_loop",
    "holds_the_loop",
    "will_not_be_cancelled",
    "leaves_a_thread",
    "starts_a_process",
    "is_isolated",
    "is_isolated_with_a_process",
    "swallows_everything",
)
