"""The worker process: the only place of the bridge where engines run.

messages   what daemon and worker send to each other
pipe       messages to the daemon, cancellations from it
process    the process: threads, heartbeat, one command after another
work       one command: a picture decomposed, or a result packed into a layered file
"""
