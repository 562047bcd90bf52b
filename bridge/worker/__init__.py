"""The worker process: the only place of the bridge where engines run.

messages   what daemon and worker send to each other
process    the process: pipes, heartbeat, one command after another
work       one command: a picture decomposed, or a result packed into a layered file
"""
