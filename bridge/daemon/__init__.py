"""The daemon: one local service that every client shares.

__main__    `python -m bridge.daemon`, what clients start
service     the pieces put together; one instance per user; start and end
settings    what it allows and how patient it is
guards      who may connect
session     one connection: requests in, answers out
outbox      what waits to be sent to one client, so that nothing waits behind pixels
uploads     pictures on their way in
downloads   layers and files on their way out
layouts     channel order, depth and number of channels, converted a block at a time
scheduler   jobs given to workers, their ends adopted
workers     one worker process: started, spoken to, stopped
devices     which worker runs which engine
"""
