"""The edge: what viewers reach, by Host header."""

from cdnadmin.sandbox.edge.serving import Edge

__all__ = ["Edge"]
