"""Recorded sessions of coding agents: readers, writers, experience made from them, and replay."""
