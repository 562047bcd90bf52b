"""The worker process: the only place of the bridge where engines run.

orders     what daemon and worker say to each other
process    the process: pipes, heartbeat, one order after another
work       one order: a picture taken apart, or a result packed into a layered file
"""
