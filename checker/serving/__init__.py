"""The program as tools of an assistant, over the Model Context Protocol.

tools    one row a tool: its arguments, what it says of itself, the worker's request
server   the tools behind the official SDK, on standard input and output
"""
